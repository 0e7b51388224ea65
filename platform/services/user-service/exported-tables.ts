import { type ExportedTable, ownRows } from '../../kit/erasure/exported-table.ts';

/** What of each table is in the export of an account. */
export const exportedTables: readonly ExportedTable[] = [ownRows('profiles.profiles', 'id')];
