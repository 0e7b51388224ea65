import { LRUCache } from 'lru-cache';
import type { NamedStatement, Transaction } from '../../../../kit/postgres/database.ts';
import { isId } from '../../airtable-id.ts';
import { notFound } from '../../airtable-problem.ts';
import { type KeyIndex, keyIndexJson } from '../keys/table-state.ts';
import type { ChangeSet, Watcher } from '../webhooks/change-set.ts';
import type { StoredBase } from './stored-base.ts';

/** The schema of a base, unless it still has the version `$2`. */
const schemaColumns = `b.id, b.name, b.workspace_id as "workspaceId", b.schema_version as version,
  pg_current_xact_id_if_assigned() is null as "isCommitted",
  case when b.schema_version <> $2 then coalesce((
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
      from airtable.tables t where t.base_id = b.id), '[]') end as tables`;

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
      select coalesce(r.tables, '{}') from airtable.record_watches r where r.base_id = b.id) as watched_tables, (
      select coalesce(jsonb_agg(${keyIndexJson}), '[]') from airtable.key_indexes i
      where i.base_id = b.id and not i.dropped) as indexes
    from airtable.bases b where b.id = $1`,
};

type Query = Transaction['query'];

/** The transaction of a write to a base. */
export interface BaseContext {
  tx: Transaction;
  changes: ChangeSet;
  schemas: Schemas;
}

/** A base that is locked for writing. The schema is the caller's own: it may change it. */
export interface BaseForWriting {
  base: StoredBase;
  indexes: readonly KeyIndex[];
}

/** Schemas of bases. They are kept in memory, and every use compares their version with the stored one. */
export interface Schemas {
  /**
   * Reads a base's schema, which nobody may change.
   * @throws AirtableProblem `NOT_FOUND` when the tenant has no such base
   */
  load(query: Query, baseId: string): Promise<StoredBase>;
  /**
   * Reads a base's schema and webhooks for writing and locks the base. Writers of one base run in sequence: this keeps
   * record numbers without gaps, both sides of links equal and upserts free of duplicates.
   * @param copy makes what the caller may change; by default a copy of everything
   * @throws AirtableProblem `NOT_FOUND` when the tenant has no such base
   */
  loadForWriting(
    context: Pick<BaseContext, 'tx' | 'changes'>,
    baseId: string,
    copy?: (base: StoredBase) => StoredBase,
  ): Promise<BaseForWriting>;
}

interface KnownSchema {
  version: number;
  base: StoredBase;
}

interface SchemaRow extends Omit<StoredBase, 'tables'> {
  version: number;
  isCommitted: boolean;
  /** Null when the version is the known one. */
  tables: StoredBase['tables'] | null;
}

/** Maximum length of all schemas that are kept, characters of JSON. */
const maxLength = 48_000_000;

export function createSchemas(): Schemas {
  const known = new LRUCache<string, KnownSchema>({
    maxSize: maxLength,
    sizeCalculation: ({ base }) => JSON.stringify(base).length + 100,
  });

  async function read<Row extends SchemaRow>(
    query: Query,
    statement: NamedStatement,
    baseId: string,
  ): Promise<{ base: StoredBase; row: Row }> {
    if (!isId('app', baseId)) throw notFound();
    const before = known.get(baseId);
    const { rows } = await query<Row>(statement, [baseId, before?.version ?? -1]);
    const [row] = rows;
    if (row === undefined) throw notFound();
    const { tables, version, isCommitted } = row;
    if (tables === null && before !== undefined) return { base: before.base, row };
    const base: StoredBase = {
      id: row.id,
      name: row.name,
      workspaceId: row.workspaceId,
      tables: tables ?? [],
    };
    // A transaction that writes may see its own changes, and be rolled back.
    if (isCommitted) known.set(baseId, { version, base });
    return { base, row };
  }

  return {
    load: async (query, baseId) => (await read(query, baseStatement, baseId)).base,
    async loadForWriting({ tx, changes }, baseId, copy = structuredClone) {
      if (!isId('app', baseId)) throw notFound();
      await tx.query('select id from airtable.bases where id = $1 for no key update', [baseId]);
      const { base: shared, row } = await read<
        SchemaRow & { watchers: Watcher[] | null; watched_tables: string[] | null; indexes: KeyIndex[] }
      >(tx.query, watchedBaseStatement, baseId);
      const base = copy(shared);
      changes.watch(base, { webhooks: row.watchers ?? [], workflowTables: row.watched_tables });
      return { base, indexes: row.indexes };
    },
  };
}
