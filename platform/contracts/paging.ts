import { z } from 'zod';

/** Lists count their entries up to this number. */
export const countedEntries = 1_000;

/** Query of a short list, of which `page` counts from 1. */
export const numberedPaging = z.object({
  page: z.coerce.number().int().min(1).max(100_000).default(1),
  page_size: z.coerce.number().int().min(1).max(100).default(20),
});

/** Fields of a page of a short list beside its entries. `total` counts the entries of all pages. */
export const numberedPage = { total: z.int(), page: z.int(), page_size: z.int() };

/**
 * Query of a list that may be long. A page by its number costs more the further it is from the first. A page by a cursor
 * costs the same everywhere, and while entries come and go, it skips and repeats none of the others.
 */
export const paging = numberedPaging.extend({
  cursor: z
    .string()
    .min(1)
    .max(2_000)
    .regex(/^[A-Za-z0-9_-]+$/)
    .optional()
    .describe('`next_cursor` of the page before; `page` is then ignored'),
});

/**
 * Fields of a page beside its entries. With more entries than are counted, `total` is at least the number counted, and
 * above the number of entries up to this page if another one follows. Pages by a cursor have the total of the first one.
 * After the last page, `next_cursor` is null.
 */
export const paged = {
  ...numberedPage,
  total: z.int(),
  total_is_minimum: z.boolean(),
  next_cursor: z.string().nullable(),
};

export type Paging = z.output<typeof paging>;

/** A page without its entries. */
export type Paged = z.output<z.ZodObject<typeof paged>>;
