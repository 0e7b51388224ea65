import { exportedCounts } from '../../kit/counts/declared-counts.ts';
import type { ExportedTable } from '../../kit/erasure/exported-table.ts';
import { exportedKeys } from '../../kit/idempotency/exported-keys.ts';

/** What of each table is in the export of an account. */
export const exportedTables: readonly ExportedTable[] = [
  // The column has the name in lower case, for sorting.
  { table: 'profiles.profiles', ownedBy: 'id = $1', omit: ['name_key'] },
  exportedCounts('profiles'),
  exportedKeys('profiles'),
];
