import type { ExportedTable } from '../../../kit/erasure/exported-table.ts';
import { exportedKeys } from '../../../kit/idempotency/exported-keys.ts';

/** What of each table is in the export of an account. */
export const exportedTables: readonly ExportedTable[] = [
  { table: 'sagas.sagas', ownedBy: 'started_by = $1', omit: ['secrets', 'request_hash'] },
  { table: 'sagas.steps', ownedBy: 'saga_id in (select s.id from sagas.sagas s where s.started_by = $1)' },
  { table: 'sagas.events', ownedBy: 'saga_id in (select s.id from sagas.sagas s where s.started_by = $1)' },
  exportedKeys('sagas'),
];
