import { deletesOwn, type ErasedTable } from '../../kit/erasure/erased-table.ts';

/** How the deletion of an account changes the rows of each table. */
export const erasedTables: readonly ErasedTable[] = [
  { table: 'profiles.profiles', tenant: 'delete', person: deletesOwn('profiles.profiles', 'id') },
];
