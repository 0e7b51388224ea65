import type { ErasedTable } from '../erasure/erased-table.ts';
import type { ExportedTable } from '../erasure/exported-table.ts';

/** The numbers of rows are in no export. */
export function exportedCounts(schema: string): ExportedTable {
  return { table: `${schema}.row_counts`, not: 'Numbers of rows; the rows are exported.' };
}

/**
 * How numbers of rows go with their tenant. It comes after the tables with the rows, whose deletion changes numbers. They
 * do not count as erased: how many differences a number consists of is left to chance.
 */
export function erasedCounts(schema: string): ErasedTable {
  const table = `${schema}.row_counts`;
  return { table, tenant: { text: `with deleted as (delete from ${table}) select 0 as erased` } };
}
