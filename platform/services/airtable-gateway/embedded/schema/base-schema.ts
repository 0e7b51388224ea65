import type { NamedStatement, Transaction } from '../../../../kit/postgres/database.ts';
import { isId } from '../../airtable-id.ts';
import { invalidRequest, notFound, tableNotFound, unknownField } from '../../api/airtable-problem.ts';
import type { StoredField } from '../../fields/field-kind.ts';
import type { ChangeSet, Watcher } from '../webhooks/change-set.ts';

export interface StoredView {
  id: string;
  name: string;
  type: string;
}

export interface StoredTable {
  id: string;
  name: string;
  description: string | null;
  primaryFieldId: string;
  fields: StoredField[];
  views: StoredView[];
}

export interface StoredBase {
  id: string;
  name: string;
  workspaceId: string;
  tables: StoredTable[];
}

/** The whole schema of a base in one round trip; links and look-ups may lead to any of its tables. */
const schemaColumns = `b.id, b.name, b.workspace_id as "workspaceId", coalesce((
      select jsonb_agg(jsonb_build_object(
        'id', t.id, 'name', t.name, 'description', t.description, 'primaryFieldId', t.primary_field_id,
        'fields', (
          select jsonb_agg(jsonb_build_object('id', f.id, 'name', f.name, 'type', f.type,
            'description', f.description, 'options', f.options) order by f.position)
          from airtable.fields f where f.table_id = t.id),
        'views', coalesce((
          select jsonb_agg(jsonb_build_object('id', v.id, 'name', v.name, 'type', v.type) order by v.position)
          from airtable.views v where v.table_id = t.id), '[]')
      ) order by t.position)
      from airtable.tables t where t.base_id = b.id), '[]') as tables`;

const baseStatement: NamedStatement = {
  name: 'airtable_base',
  text: `select ${schemaColumns} from airtable.bases b where b.id = $1`,
};
/** With who watches the base, so that writes to a base that nobody watches cost no further round trip. */
const watchedBaseStatement: NamedStatement = {
  name: 'airtable_base_to_write',
  text: `
    select ${schemaColumns}, (
      select jsonb_agg(jsonb_build_object('id', w.id, 'specification', w.specification))
      from airtable.webhooks w where w.base_id = b.id and w.expires_at > now()) as watchers
    from airtable.bases b where b.id = $1`,
};

type Query = Transaction['query'];

/** Most characters of a base's schema as JSON; every request reads all of it. */
const largestSchema = 4_000_000;

/** @throws AirtableProblem when a base's tables, fields and choices have become too much to read per request */
export function assertSchemaSize(base: StoredBase): void {
  if (JSON.stringify(base).length > largestSchema)
    throw invalidRequest('the base has no room for more tables, fields, choices or descriptions');
}

/**
 * Reads a base's schema.
 * @throws AirtableProblem `NOT_FOUND` when the tenant has no such base
 */
export async function loadBase(query: Query, baseId: string): Promise<StoredBase> {
  if (!isId('app', baseId)) throw notFound();
  const { rows } = await query<StoredBase>(baseStatement, [baseId]);
  if (rows[0] === undefined) throw notFound();
  return rows[0];
}

/** What a write to a base needs. */
export interface BaseContext {
  tx: Transaction;
  changes: ChangeSet;
}

/**
 * Reads a base's schema for writing, and who is to be told of what is written. Writers of one base take turns until their transactions end: that keeps
 * numbers without gaps, links the same on both sides and upserts free of duplicates.
 * @throws AirtableProblem `NOT_FOUND` when the tenant has no such base
 */
export async function loadBaseForWriting({ tx, changes }: BaseContext, baseId: string): Promise<StoredBase> {
  if (!isId('app', baseId)) throw notFound();
  await tx.query('select id from airtable.bases where id = $1 for no key update', [baseId]);
  const { rows } = await tx.query<StoredBase & { watchers: Watcher[] | null }>(watchedBaseStatement, [
    baseId,
  ]);
  if (rows[0] === undefined) throw notFound();
  const { watchers, ...base } = rows[0];
  changes.watch(base, watchers ?? []);
  return base;
}

/** @throws AirtableProblem `TABLE_NOT_FOUND` */
export function findTable(base: StoredBase, idOrName: string): StoredTable {
  const table =
    base.tables.find(({ id }) => id === idOrName) ?? base.tables.find(({ name }) => name === idOrName);
  if (table === undefined) throw tableNotFound(idOrName.slice(0, 255), base.id);
  return table;
}

export function fieldNamed(table: StoredTable, nameOrId: string): StoredField | undefined {
  return table.fields.find(({ name }) => name === nameOrId) ?? table.fields.find(({ id }) => id === nameOrId);
}

/** @throws AirtableProblem `UNKNOWN_FIELD_NAME` */
export function findField(table: StoredTable, nameOrId: string): StoredField {
  const field = fieldNamed(table, nameOrId);
  if (field === undefined) throw unknownField(nameOrId.slice(0, 255));
  return field;
}

export function fieldById(table: StoredTable | undefined, id: unknown): StoredField | undefined {
  return table?.fields.find((field) => field.id === id);
}

export function tableById(base: StoredBase, id: unknown): StoredTable | undefined {
  return base.tables.find((table) => table.id === id);
}

export function primaryField(table: StoredTable): StoredField {
  const field = fieldById(table, table.primaryFieldId) ?? table.fields[0];
  if (field === undefined) throw new Error(`table ${table.id} has no fields`);
  return field;
}

/** The table that a field of type `multipleRecordLinks` leads to. */
export function linkedTable(base: StoredBase, link: StoredField | undefined): StoredTable | undefined {
  return link?.type === 'multipleRecordLinks' ? tableById(base, link.options.linkedTableId) : undefined;
}
