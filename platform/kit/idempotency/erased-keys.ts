import { deletesOwn, type ErasedTable } from '../erasure/erased-table.ts';

/** How the deletion of an account changes the stored keys of a service. */
export function erasedKeys(schema: string): ErasedTable {
  const table = `${schema}.idempotency_keys`;
  return { table, tenant: 'delete', person: deletesOwn(table, 'user_id') };
}
