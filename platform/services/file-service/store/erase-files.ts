import type { ErasureOrder } from '../../../contracts/erasure.ts';
import { erasedCounts } from '../../../kit/counts/declared-counts.ts';
import { eraseRows } from '../../../kit/erasure/erase.ts';
import { type ErasedTable, keepsNameless } from '../../../kit/erasure/erased-table.ts';
import { erasedKeys } from '../../../kit/idempotency/erased-keys.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import type { Storage } from './storage.ts';

/** How the deletion of an account changes the rows of each table. Files belong to the tenant. */
export const erasedTables: readonly ErasedTable[] = [
  erasedKeys('files'),
  { table: 'files.events', tenant: 'cascade', person: keepsNameless('files.events', 'user_id') },
  { table: 'files.extractions', tenant: 'cascade' },
  { table: 'files.files', tenant: 'delete', person: keepsNameless('files.files', 'uploaded_by') },
  erasedCounts('files'),
];

/** Erases rows and content. Rows go first: an upload without a row cannot be completed. */
export async function eraseFiles(database: Database, storage: Storage, order: ErasureOrder): Promise<number> {
  const rows = await eraseRows(database, erasedTables, order);
  return order.whole_tenant ? rows + (await storage.removeTenant(order.tenant_id)) : rows;
}
