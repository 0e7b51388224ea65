import type { Goal } from '../goal.ts';
import type { FieldIds, FieldName } from './fields.ts';
import type { FilledTable, RecordsRow } from './filled-table.ts';
import { measurePage, measureRecordsSql, skipPages } from './lists.ts';

/** A level of an order: for the service and as an SQL expression. */
export interface SortLevel {
  field: FieldName;
  sql(fields: FieldIds): string;
}

export const byName: SortLevel = {
  field: 'Name',
  sql: ({ Name }) => `cells ->> '${Name}' collate scale.text_order`,
};
export const byAmount: SortLevel = {
  field: 'Amount',
  sql: ({ Amount }) => `(cells ->> '${Amount}')::numeric`,
};
export const byCity: SortLevel = {
  field: 'City',
  sql: ({ City }) => `cells ->> '${City}' collate scale.text_order`,
};
/** The formula field: a text of two fields. */
export const byLabel: SortLevel = {
  field: 'Label',
  sql: ({ City, Name }) => `concat(cells ->> '${City}', ', ', cells ->> '${Name}') collate scale.text_order`,
};

/** Maximum time for the way to a page in the middle, milliseconds. */
const walkLimitMs = 60_000;

interface Prepared {
  offset: string | undefined;
  /** From 0. */
  page: number;
}

export function selectionOf(levels: readonly SortLevel[]): { sort: { field: string }[] } {
  return { sort: levels.map(({ field }) => ({ field })) };
}

/** Selects the records of a page in the order of the service: blanks first, then by the number of the record. */
export function sortedSql({ fields }: FilledTable, levels: readonly SortLevel[]): string {
  const order = levels.map(({ sql }) => `${sql(fields)} nulls first`).join(', ');
  return `select id, number, cells from airtable.records where table_id = $1
    order by ${order}, number offset $2 limit 100`;
}

/**
 * A page of a sorted list.
 * @param options.page `middle` is half of all pages, or the page that is reached within a minute
 */
export function sortedPage(options: {
  id: string;
  title: string;
  levels: readonly SortLevel[];
  page: 'first' | 'second' | 'middle';
  goals: readonly Goal[];
}): RecordsRow<Prepared> {
  const { id, title, levels, page, goals } = options;
  const selection = selectionOf(levels);
  return {
    id,
    title,
    floorTitle: 'order by, limit 100',
    unit: 'ms',
    goals,
    prepare: (table) => {
      const middle = Math.floor(table.size / 200);
      const pages = { first: 0, second: Math.min(1, middle), middle }[page];
      return skipPages(table, selection, { pages, limitMs: walkLimitMs });
    },
    measure: (table, { offset }) =>
      measurePage(table, { ...selection, ...(offset === undefined ? {} : { offset }) }),
    floor: (table, prepared) =>
      measureRecordsSql(table, sortedSql(table, levels), [table.tableId, prepared.page * 100]),
  };
}
