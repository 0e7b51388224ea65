import { toAirtableUserId } from '../../contracts/airtable-gateway/user-id.ts';
import {
  deletesOwn,
  type ErasedTable,
  keepsNameless,
  literally,
  nobody,
  type Person,
  replacesText,
} from '../../kit/erasure/erased-table.ts';
import { erasedKeys } from '../../kit/idempotency/erased-keys.ts';

const unknownUser = { id: toAirtableUserId(nobody.id), name: nobody.name, email: nobody.email };

/** Replaces the person's ids, in the platform's format and Airtable's, and objects that describe the person. */
function withoutPerson(
  { table, column, type }: { table: string; column: string; type: 'text' | 'json' | 'jsonb' },
  { userId }: Person,
) {
  const airtableId = toAirtableUserId(userId);
  return replacesText({ table, column, type }, [
    // Users in cells and payloads have no objects inside.
    [`\\{[^{}]*"id"\\s*:\\s*"${airtableId}"[^{}]*\\}`, JSON.stringify(unknownUser)],
    [airtableId, unknownUser.id],
    [literally(userId), nobody.id],
  ]);
}

/** How the deletion of an account changes the rows of each table. Bases belong to the tenant. */
export const erasedTables: readonly ErasedTable[] = [
  erasedKeys('airtable'),
  {
    table: 'airtable.bases',
    tenant: 'delete',
    person: keepsNameless('airtable.bases', 'created_by'),
  },
  { table: 'airtable.tables', tenant: 'cascade' },
  { table: 'airtable.fields', tenant: 'cascade' },
  { table: 'airtable.views', tenant: 'cascade' },
  {
    table: 'airtable.key_indexes',
    tenant: 'cascade',
    // Keys are copies of cells. They are stored again when they are needed.
    person: () => [{ text: 'delete from airtable.key_indexes', values: [] }],
  },
  { table: 'airtable.text_keys', tenant: 'cascade' },
  { table: 'airtable.number_keys', tenant: 'cascade' },
  {
    table: 'airtable.records',
    tenant: 'cascade',
    person: (person) => [
      ...keepsNameless('airtable.records', 'created_by', 'modified_by')(person),
      ...withoutPerson({ table: 'airtable.records', column: 'touched_by', type: 'jsonb' }, person),
      ...withoutPerson({ table: 'airtable.records', column: 'cells', type: 'jsonb' }, person),
    ],
  },
  {
    table: 'airtable.comments',
    tenant: 'cascade',
    person: (person) => [
      {
        text: `update airtable.comments set author_id = $2, author_email = $3, author_name = $4 where author_id = $1`,
        values: [person.userId, nobody.id, nobody.email, nobody.name],
      },
      {
        text: 'update airtable.comments set mentioned = mentioned - $1::text where mentioned ? $1::text',
        values: [toAirtableUserId(person.userId)],
      },
      ...withoutPerson({ table: 'airtable.comments', column: 'body', type: 'text' }, person),
    ],
  },
  {
    table: 'airtable.webhooks',
    tenant: 'cascade',
    person: keepsNameless('airtable.webhooks', 'created_by'),
  },
  {
    table: 'airtable.webhook_payloads',
    tenant: 'cascade',
    person: (person) =>
      withoutPerson({ table: 'airtable.webhook_payloads', column: 'payload', type: 'json' }, person),
  },
  { table: 'airtable.record_watches', tenant: 'cascade' },
  {
    table: 'airtable.record_events',
    tenant: 'cascade',
    person: keepsNameless('airtable.record_events', 'actor_id'),
  },
  {
    table: 'airtable.collaborators',
    tenant: 'delete',
    person: deletesOwn('airtable.collaborators', 'user_id'),
  },
  { table: 'airtable.airtable_bases', tenant: 'delete' },
  { table: 'airtable.airtable_workspaces', tenant: 'delete' },
  { table: 'airtable.airtable_tables', tenant: 'cascade' },
  { table: 'airtable.airtable_field_mappings', tenant: 'cascade' },
  { table: 'airtable.airtable_sync_logs', tenant: 'cascade' },
];
