import { permissionLevel } from '../../../contracts/rights.ts';
import type { Database, Transaction } from '../../../kit/postgres/database.ts';
import { isId } from '../airtable-id.ts';
import { malformedOffset, recordNotFound } from '../airtable-problem.ts';
import type { Caller } from '../caller.ts';
import type { Call, ListedBase, TableRef, Upstream } from '../upstream.ts';
import { createAuthorStore } from '../users/authors.ts';
import type { UserDirectory } from '../users/user-directory.ts';
import { changeComment, countComments, createComment, deleteComment, listComments } from './comments.ts';
import type { IndexBuilder } from './keys/index-builder.ts';
import { withEarlierMatches } from './matching/with-earlier-matches.ts';
import { saveRecordEvents } from './record-events/save-record-events.ts';
import { createCursors } from './records/cursor.ts';
import type { LinkContext } from './records/link-records.ts';
import type { ListMetrics } from './records/list-metrics.ts';
import { type ListResources, listRecords } from './records/list-records.ts';
import { loadRow } from './records/record-row.ts';
import { createScanGate } from './records/scan-gate.ts';
import { showRecords, textFormat } from './records/show-records.ts';
import { ValueLoader } from './records/value-sources.ts';
import { RecordWriter } from './records/write-records.ts';
import { deleteBase } from './schema/delete-base.ts';
import { createSchemas, type Schemas } from './schema/schemas.ts';
import { showField, showTable } from './schema/show-schema.ts';
import { findTable } from './schema/stored-base.ts';
import {
  changeField,
  changeTable,
  createBase,
  createField,
  createTable,
  type SchemaContext,
} from './schema/write-schema.ts';
import { showBase } from './show-base.ts';
import { createOrderCache } from './sorting/order-cache.ts';
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
  users: UserDirectory;
  webhooks: WebhookSettings;
  indexes: Pick<IndexBuilder, 'want'>;
  listMetrics: ListMetrics;
  /** From this number of records on, tables are sorted, filtered and merged by indexes. */
  indexFrom: number;
  /** Called when an event of changed records may have been stored. */
  onRecordEvent(): void;
  onBaseDeleted(tenantId: string, baseId: string): void;
}

export interface WebhookSettings {
  /** Origins that webhooks may call although they are not public hosts. */
  trustedOrigins: readonly string[];
  /** Called when a ping may have become due. */
  onDue(): void;
}

/** Access to the stored bases on behalf of a caller. */
interface Access {
  schemas: Schemas;
  /** Runs single statements as the caller; row-level security limits them to the tenant's rows. */
  queryAs(caller: Caller): Transaction['query'];
  /** Runs a transaction that may write, and stores its webhook payloads and events with it. */
  write<T>(call: Call, work: (context: SchemaContext) => Promise<T>): Promise<T>;
  /** Milliseconds since the epoch. */
  now(): number;
}

const basesPerPage = 1_000;

/** Bases stored in PostgreSQL: the platform works without an Airtable account. */
export function createEmbeddedUpstream(options: EmbeddedOptions): Upstream {
  const { database, secret, now, users, webhooks, indexes, indexFrom, onRecordEvent, onBaseDeleted } =
    options;
  const schemas = createSchemas();
  const rememberAuthor = createAuthorStore(database);
  const access: Access = {
    now,
    schemas,
    queryAs: (caller) => (statement, values) => database.tenantQuery(caller, statement, values),
    async write({ caller, signal, rights }, work) {
      signal.throwIfAborted();
      await rememberAuthor(caller);
      const { result, due, stored } = await database.withTenant(caller, async (tx) => {
        const changes = new ChangeSet();
        const result = await work({
          tx,
          changes,
          schemas,
          tenantId: caller.tenantId,
          userId: caller.userId,
          findUsers: (references, workspaceId) => users.find({ caller, signal, workspaceId }, references),
        });
        const by = { tx, caller, rights, now: now() };
        return {
          result,
          due: await savePayloads(changes, by),
          stored: await saveRecordEvents(changes, by),
        };
      });
      if (due) webhooks.onDue();
      if (stored) onRecordEvent();
      return result;
    },
  };
  return {
    ...metadataOf(access, users, onBaseDeleted),
    ...recordsOf(access, {
      schemas,
      cursors: createCursors(secret),
      orders: createOrderCache(),
      scans: createScanGate(),
      indexes,
      metrics: options.listMetrics,
      indexFrom,
    }),
    ...commentsOf(access),
    ...webhooksOf(access, webhooks),
    // Every read asks the database whether what is kept of a base is still right.
    forgetCached: async () => 0,
  };
}

function metadataOf(
  { queryAs, write, schemas }: Access,
  users: UserDirectory,
  onBaseDeleted: EmbeddedOptions['onBaseDeleted'],
) {
  return {
    async listBases({ caller, rights }, offset = '') {
      if (offset !== '' && !isId('app', offset)) throw malformedOffset(offset);
      const { rows } = await queryAs(caller)<{ id: string; name: string; workspaceId: string }>(
        {
          name: 'airtable_bases',
          text: `select id, name, workspace_id as "workspaceId" from airtable.bases
                 where id > $1 and workspace_id = any($3) order by id limit $2`,
        },
        [offset, basesPerPage + 1, rights.workspaceIds('read')],
      );
      const bases = rows
        .slice(0, basesPerPage)
        .map(
          (row): ListedBase => ({ ...row, permissionLevel: permissionLevel(rights.roleIn(row.workspaceId)) }),
        );
      const last = bases.at(-1)?.id;
      return rows.length > basesPerPage && last !== undefined ? { bases, offset: last } : { bases };
    },
    async describeBase({ caller, rights }, baseId) {
      const { name, workspaceId } = await schemas.load(queryAs(caller), baseId);
      return { name, workspaceId, permission: permissionLevel(rights.roleIn(workspaceId)) };
    },
    showBase: (call, baseId, include) =>
      showBase({ query: queryAs(call.caller), users, call }, baseId, include),
    createBase: (call, definition) =>
      write(call, async (context) => {
        const base = await createBase(context, definition);
        return { id: base.id, tables: base.tables.map((table) => showTable(base, table)) };
      }),
    async deleteBase(call, baseId) {
      const deleted = await write(call, (context) => deleteBase(context, baseId));
      onBaseDeleted(call.caller.tenantId, baseId);
      return deleted;
    },
    async listTables({ caller }, baseId, { visibleFieldIds = false } = {}) {
      const base = await schemas.load(queryAs(caller), baseId);
      return base.tables.map((table) => showTable(base, table, { visibleFieldIds }));
    },
    createTable: (call, baseId, definition) =>
      write(call, async (context) => {
        const { base, table } = await createTable(context, baseId, definition);
        return showTable(base, table);
      }),
    changeTable: (call, baseId, tableName, change) =>
      write(call, async (context) => {
        const { base, table } = await changeTable(context, { baseId, table: tableName }, change);
        return showTable(base, table);
      }),
    createField: (call, baseId, tableName, definition) =>
      write(call, async (context) => {
        const { base, table, field } = await createField(context, { baseId, table: tableName }, definition);
        return showField(base, table, field);
      }),
    changeField: (call, ref, change) =>
      write(call, async (context) => {
        const { base, table, field } = await changeField(context, ref, change);
        return showField(base, table, field);
      }),
  } satisfies Partial<Upstream>;
}

function recordsOf({ queryAs, write, now, schemas }: Access, resources: ListResources) {
  function writeRecords<T>(
    call: Call,
    ref: TableRef,
    work: (writer: RecordWriter) => Promise<T>,
  ): Promise<T> {
    const { caller, signal } = call;
    const { indexFrom } = resources;
    const wantIndex: LinkContext['wantIndex'] = (table, field, isComplete) =>
      resources.indexes.want(
        { tenant: caller, baseId: ref.baseId, tableId: table.id, fieldId: field.id },
        isComplete,
      );
    return withEarlierMatches(
      { query: queryAs(caller), tenantId: caller.tenantId, signal, scans: resources.scans },
      (earlier) =>
        write(call, async (context) =>
          work(await RecordWriter.open({ ...context, now: now(), wantIndex, indexFrom, earlier }, ref)),
        ),
    );
  }

  return {
    listRecords: ({ caller, signal }, { baseId, table }, selection) =>
      listRecords({
        ...resources,
        query: queryAs(caller),
        caller,
        baseId,
        table,
        selection,
        now: now(),
        signal,
      }),
    async countRecords({ caller }, { baseId, table }) {
      const query = queryAs(caller);
      const { id } = findTable(await schemas.load(query, baseId), table);
      const { rows } = await query<{ count: number }>(
        'select count(*) from airtable.records where table_id = $1',
        [id],
      );
      return rows[0]?.count ?? 0;
    },
    async getRecord({ caller }, { baseId, table: tableName, recordId }, options) {
      const query = queryAs(caller);
      const text = textFormat(options);
      const base = await schemas.load(query, baseId);
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
    createRecords: (call, ref, records, options) =>
      writeRecords(call, ref, (writer) => writer.create(records, options)),
    updateRecords: (call, ref, changes, options) =>
      writeRecords(call, ref, (writer) => writer.update(changes, options)),
    deleteRecords: (call, ref, ids) => writeRecords(call, ref, (writer) => writer.remove(ids)),
  } satisfies Partial<Upstream>;
}

function commentsOf({ queryAs, write, schemas }: Access) {
  return {
    listComments: ({ caller }, ref, page) => listComments({ query: queryAs(caller), schemas }, ref, page),
    createComment: (call, ref, comment) =>
      write(call, (context) => createComment(context, call.caller, ref, comment)),
    changeComment: (call, ref, text) =>
      write(call, (context) => changeComment(context, call.caller, ref, text)),
    deleteComment: (call, ref) =>
      write(call, ({ tx }) => deleteComment({ query: tx.query, schemas }, call.caller, ref)),
  } satisfies Partial<Upstream>;
}

function webhooksOf({ queryAs, write, schemas }: Access, settings: WebhookSettings) {
  return {
    listWebhooks: ({ caller }, baseId) => listWebhooks({ query: queryAs(caller), schemas }, baseId),
    async createWebhook(call, baseId, definition) {
      const created = await write(call, (context) =>
        createWebhook(context, { baseId, ...definition }, settings),
      );
      if (definition.notificationUrl !== null) settings.onDue();
      return created;
    },
    deleteWebhook: ({ caller }, ref) => deleteWebhook(queryAs(caller), ref),
    async enableNotifications({ caller }, ref, enable) {
      await enableNotifications(queryAs(caller), ref, enable);
      if (enable) settings.onDue();
    },
    refreshWebhook: ({ caller }, ref) => refreshWebhook(queryAs(caller), ref),
    listPayloads: ({ caller }, ref, page) => listPayloads(queryAs(caller), ref, page),
  } satisfies Partial<Upstream>;
}
