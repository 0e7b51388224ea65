import { z } from 'zod';

/** Query of a paginated list. Pages count from 1. */
export const paging = z.object({
  page: z.coerce.number().int().min(1).max(100_000).default(1),
  page_size: z.coerce.number().int().min(1).max(100).default(20),
});

/** Fields of a page beside its entries. `total` counts the entries of all pages. */
export const paged = { total: z.int(), page: z.int(), page_size: z.int() };

export type Paging = z.output<typeof paging>;
