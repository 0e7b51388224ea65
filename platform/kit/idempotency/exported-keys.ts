import type { ExportedTable } from '../erasure/exported-table.ts';

/** Why the stored keys of a service are in no export. */
export function exportedKeys(schema: string): ExportedTable {
  return { table: `${schema}.idempotency_keys`, not: 'Copies of responses, kept for a day to repeat them.' };
}
