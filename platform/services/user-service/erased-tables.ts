import { erasedCounts } from '../../kit/counts/declared-counts.ts';
import { deletesOwn, type ErasedTable } from '../../kit/erasure/erased-table.ts';
import { erasedKeys } from '../../kit/idempotency/erased-keys.ts';

/** How the deletion of an account changes the rows of each table. */
export const erasedTables: readonly ErasedTable[] = [
  erasedKeys('profiles'),
  { table: 'profiles.profiles', tenant: 'delete', person: deletesOwn('profiles.profiles', 'id') },
  erasedCounts('profiles'),
];
