import { type ExportedTable, ownRows } from '../../../kit/erasure/exported-table.ts';

/** What of each table is in the export of an account. */
export const exportedTables: readonly ExportedTable[] = [
  ownRows('sagas.sagas', 'started_by'),
  { table: 'sagas.steps', ownedBy: 'saga_id in (select s.id from sagas.sagas s where s.started_by = $1)' },
  { table: 'sagas.events', ownedBy: 'saga_id in (select s.id from sagas.sagas s where s.started_by = $1)' },
];
