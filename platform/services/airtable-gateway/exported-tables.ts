import { type ExportedTable, ownRows } from '../../kit/erasure/exported-table.ts';
import { exportedKeys } from '../../kit/idempotency/exported-keys.ts';

const inOwnBase = 'base_id in (select b.id from airtable.bases b where b.created_by = $1)';

/** What of each table is in the export of an account. */
export const exportedTables: readonly ExportedTable[] = [
  ownRows('airtable.bases', 'created_by'),
  { table: 'airtable.tables', ownedBy: inOwnBase },
  {
    table: 'airtable.fields',
    ownedBy:
      'table_id in (select t.id from airtable.tables t join airtable.bases b on b.id = t.base_id where b.created_by = $1)',
  },
  {
    table: 'airtable.views',
    ownedBy:
      'table_id in (select t.id from airtable.tables t join airtable.bases b on b.id = t.base_id where b.created_by = $1)',
  },
  { table: 'airtable.records', ownedBy: 'created_by = $1 or modified_by = $1' },
  { table: 'airtable.key_indexes', not: 'Copies of values of records, which are exported.' },
  { table: 'airtable.text_keys', not: 'Copies of values of records, which are exported.' },
  { table: 'airtable.number_keys', not: 'Copies of values of records, which are exported.' },
  ownRows('airtable.comments', 'author_id'),
  {
    table: 'airtable.webhooks',
    ownedBy: 'created_by = $1',
    omit: ['mac_secret'],
  },
  { table: 'airtable.webhook_payloads', not: 'Copies of changes of records, which are exported.' },
  { table: 'airtable.collaborators', not: 'Copies of names and addresses of users, which are exported.' },
  { table: 'airtable.record_watches', not: 'Settings of the delivery of events.' },
  { table: 'airtable.record_events', not: 'Messages to another service, deleted when they arrive.' },
  { table: 'airtable.airtable_bases', not: 'Copies of the structure of bases, which is exported.' },
  { table: 'airtable.airtable_workspaces', not: 'Copies of the structure of bases, which is exported.' },
  { table: 'airtable.airtable_tables', not: 'Copies of the structure of bases, which is exported.' },
  { table: 'airtable.airtable_field_mappings', not: 'Copies of the structure of bases, which is exported.' },
  { table: 'airtable.airtable_sync_logs', not: 'Times at which copies were made.' },
  exportedKeys('airtable'),
];
