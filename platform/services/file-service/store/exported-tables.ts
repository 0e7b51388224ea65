import { exportedCounts } from '../../../kit/counts/declared-counts.ts';
import { type ExportedTable, ownRows } from '../../../kit/erasure/exported-table.ts';
import { exportedKeys } from '../../../kit/idempotency/exported-keys.ts';

/** What of each table is in the export of an account. */
export const exportedTables: readonly ExportedTable[] = [
  ownRows('files.files', 'uploaded_by'),
  {
    table: 'files.extractions',
    ownedBy: 'file_id in (select f.id from files.files f where f.uploaded_by = $1)',
  },
  { table: 'files.events', not: 'Messages to another service, deleted when they arrive.' },
  exportedCounts('files'),
  exportedKeys('files'),
];
