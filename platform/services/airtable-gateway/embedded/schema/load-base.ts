import type { NamedStatement, Transaction } from '../../../../kit/postgres/database.ts';
import { isId } from '../../airtable-id.ts';
import { notFound } from '../../airtable-problem.ts';
import type { ChangeSet, Watcher } from '../webhooks/change-set.ts';
import type { StoredBase } from './stored-base.ts';

/** The whole schema of a base in one round trip, since links and look-ups can refer to any of its tables. */
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
/** Includes the readers of changes, so that a write to a base without any needs no further round trip. */
const watchedBaseStatement: NamedStatement = {
  name: 'airtable_base_to_write',
  text: `
    select ${schemaColumns}, (
      select jsonb_agg(jsonb_build_object('id', w.id, 'specification', w.specification))
      from airtable.webhooks w where w.base_id = b.id and w.expires_at > now()) as watchers, (
      select coalesce(r.tables, '{}') from airtable.record_watches r where r.base_id = b.id) as watched_tables
    from airtable.bases b where b.id = $1`,
};

type Query = Transaction['query'];

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

/** The transaction of a write to a base. */
export interface BaseContext {
  tx: Transaction;
  changes: ChangeSet;
}

/**
 * Reads a base's schema and webhooks for writing and locks the base. Writers of one base run in sequence: this keeps
 * record numbers without gaps, both sides of links equal and upserts free of duplicates.
 * @throws AirtableProblem `NOT_FOUND` when the tenant has no such base
 */
export async function loadBaseForWriting({ tx, changes }: BaseContext, baseId: string): Promise<StoredBase> {
  if (!isId('app', baseId)) throw notFound();
  await tx.query('select id from airtable.bases where id = $1 for no key update', [baseId]);
  const { rows } = await tx.query<
    StoredBase & { watchers: Watcher[] | null; watched_tables: string[] | null }
  >(watchedBaseStatement, [baseId]);
  if (rows[0] === undefined) throw notFound();
  const { watchers, watched_tables: workflowTables, ...base } = rows[0];
  changes.watch(base, { webhooks: watchers ?? [], workflowTables });
  return base;
}
