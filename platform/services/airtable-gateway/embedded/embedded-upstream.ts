import type { Base } from '../../../contracts/airtable-gateway/metadata.ts';
import type { Database, Transaction } from '../../../kit/postgres/database.ts';
import { isId } from '../airtable-id.ts';
import { recordNotFound, staleOffset } from '../api/airtable-problem.ts';
import { assertMayWrite, type Caller, permissionLevel } from '../api/caller.ts';
import type { Call, Upstream } from '../upstream.ts';
import { changeComment, countComments, createComment, deleteComment, listComments } from './comments.ts';
import { createCursors } from './records/cursor.ts';
import { listRecords } from './records/list-records.ts';
import { loadRow } from './records/record-row.ts';
import { showRecords, textFormat } from './records/show-records.ts';
import { ValueLoader } from './records/value-sources.ts';
import { RecordWriter } from './records/write-records.ts';
import { findTable, loadBase } from './schema/base-schema.ts';
import { showField, showTable } from './schema/show-schema.ts';
import {
  changeField,
  changeTable,
  createBase,
  createField,
  createTable,
  type SchemaContext,
} from './schema/write-schema.ts';
import { ChangeSet } from './webhooks/change-set.ts';
import { savePayloads } from './webhooks/save-payloads.ts';
import {
  createWebhook,
  deleteWebhook,
  enableNotifications,
  listPayloads,
  listWebhooks,
  refreshWebhook,
} from './webhooks/webhooks.ts';

export interface EmbeddedOptions {
  database: Database;
  /** Signs list offsets; the same in every instance of the service. */
  secret: string;
  /** Milliseconds since the epoch. */
  now(): number;
  webhooks: WebhookSettings;
}

export interface WebhookSettings {
  /** Origins that webhooks may ping although they are no public hosts. */
  trustedOrigins: readonly string[];
  /** Called when a ping may have become due. */
  onDue(): void;
}

const basesPerPage = 1_000;

/** Bases kept in PostgreSQL: the platform works without an Airtable account. */
export function createEmbeddedUpstream({ database, secret, now, webhooks }: EmbeddedOptions): Upstream {
  const cursors = createCursors(secret);

  /** Single statements as the caller; row-level security shows the own tenant's rows only. */
  function queryAs(caller: Caller): Transaction['query'] {
    return (statement, values) => database.tenantQuery(caller, statement, values);
  }

  async function write<T>(
    { caller, signal }: Call,
    work: (context: SchemaContext) => Promise<T>,
  ): Promise<T> {
    assertMayWrite(caller);
    signal.throwIfAborted();
    const { result, due } = await database.withTenant(caller, async (tx) => {
      const changes = new ChangeSet();
      const result = await work({ tx, changes, tenantId: caller.tenantId, userId: caller.userId });
      return { result, due: await savePayloads(changes, { tx, caller, now: now() }) };
    });
    if (due) webhooks.onDue();
    return result;
  }

  return {
    async listBases({ caller }, offset = '') {
      if (offset !== '' && !isId('app', offset)) throw staleOffset();
      const { rows } = await queryAs(caller)<{ id: string; name: string }>(
        {
          name: 'airtable_bases',
          text: 'select id, name from airtable.bases where id > $1 order by id limit $2',
        },
        [offset, basesPerPage + 1],
      );
      const level = permissionLevel(caller);
      const bases = rows
        .slice(0, basesPerPage)
        .map(({ id, name }): Base => ({ id, name, permissionLevel: level }));
      const last = bases.at(-1)?.id;
      return rows.length > basesPerPage && last !== undefined ? { bases, offset: last } : { bases };
    },
    async describeBase({ caller }, baseId) {
      const { name, workspaceId } = await loadBase(queryAs(caller), baseId);
      return { name, workspaceId, permission: permissionLevel(caller) };
    },
    createBase: (call, definition) =>
      write(call, async (context) => {
        const { id, tables } = await createBase(context, definition);
        return { id, tables: tables.map(showTable) };
      }),
    listTables: async ({ caller }, baseId) => (await loadBase(queryAs(caller), baseId)).tables.map(showTable),
    createTable: (call, baseId, definition) =>
      write(call, async (context) => showTable(await createTable(context, baseId, definition))),
    changeTable: (call, baseId, table, change) =>
      write(call, async (context) => showTable(await changeTable(context, { baseId, table }, change))),
    createField: (call, baseId, table, definition) =>
      write(call, async (context) => showField(await createField(context, { baseId, table }, definition))),
    changeField: (call, place, change) =>
      write(call, async (context) => showField(await changeField(context, place, change))),
    listRecords: ({ caller, signal }, { baseId, table }, selection) =>
      listRecords({
        query: queryAs(caller),
        tenantId: caller.tenantId,
        baseId,
        table,
        selection,
        cursors,
        now: now(),
        signal,
      }),
    async countRecords({ caller }, { baseId, table }) {
      const query = queryAs(caller);
      const { id } = findTable(await loadBase(query, baseId), table);
      const { rows } = await query<{ count: number }>(
        'select count(*) from airtable.records where table_id = $1',
        [id],
      );
      return rows[0]?.count ?? 0;
    },
    async getRecord({ caller }, { baseId, table: tableName, recordId }, options) {
      const query = queryAs(caller);
      const text = textFormat(options);
      const base = await loadBase(query, baseId);
      const table = findTable(base, tableName);
      const row = isId('rec', recordId) ? await loadRow(query, table.id, recordId) : undefined;
      if (row === undefined) throw recordNotFound();
      const [record] = await showRecords([row], new ValueLoader(query, base, now()), {
        fields: table.fields,
        byFieldId: options.returnFieldsByFieldId === true,
        text,
        comments: options.recordMetadata?.includes('commentCount')
          ? await countComments(query, [row.id])
          : undefined,
      });
      if (record === undefined) throw recordNotFound();
      return record;
    },
    createRecords: (call, place, records, options) =>
      write(call, async (context) =>
        (await RecordWriter.open({ ...context, now: now() }, place)).create(records, options),
      ),
    updateRecords: (call, place, changes, options) =>
      write(call, async (context) =>
        (await RecordWriter.open({ ...context, now: now() }, place)).update(changes, options),
      ),
    deleteRecords: (call, place, ids) =>
      write(call, async (context) =>
        (await RecordWriter.open({ ...context, now: now() }, place)).remove(ids),
      ),
    listComments: ({ caller }, place, page) => listComments(queryAs(caller), place, page),
    createComment: (call, place, comment) =>
      write(call, ({ tx }) => createComment(tx.query, call.caller, place, comment)),
    changeComment: (call, place, text) =>
      write(call, ({ tx }) => changeComment(tx.query, call.caller, place, text)),
    deleteComment: (call, place) => write(call, ({ tx }) => deleteComment(tx.query, call.caller, place)),
    listWebhooks: ({ caller }, baseId) => listWebhooks(queryAs(caller), baseId),
    async createWebhook(call, baseId, definition) {
      const made = await write(call, (context) =>
        createWebhook(context, { baseId, ...definition }, webhooks),
      );
      if (definition.notificationUrl !== null) webhooks.onDue();
      return made;
    },
    async deleteWebhook({ caller }, place) {
      assertMayWrite(caller);
      await deleteWebhook(queryAs(caller), place);
    },
    async enableNotifications({ caller }, place, enable) {
      assertMayWrite(caller);
      await enableNotifications(queryAs(caller), place, enable);
      if (enable) webhooks.onDue();
    },
    async refreshWebhook({ caller }, place) {
      assertMayWrite(caller);
      return refreshWebhook(queryAs(caller), place);
    },
    listPayloads: ({ caller }, place, page) => listPayloads(queryAs(caller), place, page),
    // Every read goes to the database: there is nothing to forget.
    forgetCached: async () => 0,
  };
}
