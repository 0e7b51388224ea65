import type { Redis } from 'ioredis';
import { z } from 'zod';
import { Comment, CommentDeletion } from '../../../contracts/airtable-gateway/comments.ts';
import { Base, Field, Table } from '../../../contracts/airtable-gateway/metadata.ts';
import {
  AirtableDeletion,
  AirtableRecord,
  RecordPage,
  type RecordSelection,
  RecordsWritten,
} from '../../../contracts/airtable-gateway/records.ts';
import { WebhookPayloadPage } from '../../../contracts/airtable-gateway/webhook-payloads.ts';
import { NewWebhook, Webhook, WebhookRefreshed } from '../../../contracts/airtable-gateway/webhooks.ts';
import type { Log } from '../../../kit/observe/log.ts';
import { isId } from '../airtable-id.ts';
import { noPermission, notFound } from '../api/airtable-problem.ts';
import { assertMayWrite } from '../api/caller.ts';
import type { Call, TablePlace, Upstream, WebhookPlace } from '../upstream.ts';
import { type AirtableRequest, createAirtableHttp } from './airtable-http.ts';
import { createAnswerCache } from './answer-cache.ts';
import { createRequestLimit } from './request-limit.ts';

export interface RemoteOptions {
  apiUrl: string;
  token: string;
  /** The tenant whose account it is; all others are refused. */
  tenantId: string;
  redis: Redis;
  log: Log;
}

/** Seconds that answers are kept. */
const ttlS = { schema: 3600, records: 300, record: 120 } as const;
/** Place in the cache and count of requests that belong to no base. */
const noBase = 'meta';

const BasePage = z.object({ bases: z.array(Base), offset: z.string().optional() });
const NewBase = z.object({ id: z.string(), tables: z.array(Table) });
const Tables = z.object({ tables: z.array(Table) });
const Created = z.object({ records: z.array(AirtableRecord) });
const CommentList = z.object({ comments: z.array(Comment), offset: z.string().nullable() });
const WebhookList = z.object({ webhooks: z.array(Webhook) });
/** Airtable says so by the status alone. */
const Done = z.unknown();
const Deleted = z.object({ records: z.array(AirtableDeletion) });

type Request<S extends z.ZodType> = Omit<AirtableRequest<S>, 'scope' | 'signal'>;

/** The real Airtable: at most 5 requests a second and base over all processes, answers cached in Redis. */
export function createRemoteUpstream({ apiUrl, token, tenantId, redis, log }: RemoteOptions): Upstream {
  const limit = createRequestLimit({ redis, log, requests: 5, windowMs: 1_000, maxWaitMs: 10_000 });
  const http = createAirtableHttp({ apiUrl, token, limit });
  const cache = createAnswerCache({ redis, log });

  function assertOwner({ caller }: Call, base: string): void {
    if (caller.tenantId !== tenantId) throw noPermission();
    if (base !== noBase && !isId('app', base)) throw notFound();
  }

  /** Sends a request that is counted for `base`. */
  async function read<S extends z.ZodType>(call: Call, base: string, request: Request<S>) {
    assertOwner(call, base);
    return http({ ...request, scope: base, signal: call.signal });
  }

  /** Sends a write and drops what is cached of the base, also when it may have failed half way. */
  async function write<S extends z.ZodType>(call: Call, base: string, request: Request<S>) {
    assertOwner(call, base);
    assertMayWrite(call.caller);
    try {
      return await http({ ...request, scope: base, signal: call.signal });
    } finally {
      await cache.forget({ tenantId, base });
    }
  }

  /** Sends what changes a base's webhooks and nothing that is cached. */
  async function manage<S extends z.ZodType>(call: Call, base: string, request: Request<S>) {
    assertOwner(call, base);
    assertMayWrite(call.caller);
    return http({ ...request, scope: base, signal: call.signal });
  }

  async function listBases(call: Call, offset?: string): Promise<z.output<typeof BasePage>> {
    assertOwner(call, noBase);
    const load = () =>
      read(call, noBase, { method: 'GET', path: ['meta', 'bases'], query: { offset }, answer: BasePage });
    return cache.through(
      { tenantId, base: noBase, table: '' },
      { request: ['bases', offset], ttlS: ttlS.schema, load },
    );
  }

  async function listTables(call: Call, baseId: string): Promise<Table[]> {
    assertOwner(call, baseId);
    const load = () =>
      read(call, baseId, { method: 'GET', path: ['meta', 'bases', baseId, 'tables'], answer: Tables });
    const { tables } = await cache.through(
      { tenantId, base: baseId, table: '' },
      { request: ['tables'], ttlS: ttlS.schema, load },
    );
    return tables;
  }

  /** Always by POST, since formulas may be longer than addresses; these two are read from the address only. */
  function fetchPage(call: Call, { baseId, table }: TablePlace, selection: RecordSelection) {
    const { timeZone, userLocale, ...body } = selection;
    return read(call, baseId, {
      method: 'POST',
      path: [baseId, table, 'listRecords'],
      query: { timeZone, userLocale },
      body,
      answer: RecordPage,
    });
  }

  return {
    listBases,
    listTables,
    async describeBase(call, baseId) {
      let offset: string | undefined;
      do {
        const page = await listBases(call, offset);
        const base = page.bases.find(({ id }) => id === baseId);
        if (base !== undefined) return { name: base.name, permission: base.permissionLevel };
        offset = page.offset;
      } while (offset !== undefined);
      throw notFound();
    },
    createBase: (call, body) =>
      write(call, noBase, { method: 'POST', path: ['meta', 'bases'], body, answer: NewBase }),
    createTable: (call, baseId, body) =>
      write(call, baseId, { method: 'POST', path: ['meta', 'bases', baseId, 'tables'], body, answer: Table }),
    changeTable(call, baseId, table, body) {
      const path = ['meta', 'bases', baseId, 'tables', table];
      return write(call, baseId, { method: 'PATCH', path, body, answer: Table });
    },
    createField(call, baseId, table, body) {
      const path = ['meta', 'bases', baseId, 'tables', table, 'fields'];
      return write(call, baseId, { method: 'POST', path, body, answer: Field });
    },
    changeField(call, { baseId, table, fieldId }, body) {
      const path = ['meta', 'bases', baseId, 'tables', table, 'fields', fieldId];
      return write(call, baseId, { method: 'PATCH', path, body, answer: Field });
    },
    async listRecords(call, place, selection) {
      assertOwner(call, place.baseId);
      return cache.through(
        { tenantId, base: place.baseId, table: place.table },
        {
          request: ['list', selection],
          ttlS: ttlS.records,
          load: () => fetchPage(call, place, selection),
          // Airtable forgets its offsets after a while: a page that leads on must not outlive its offset.
          keep: (page) => page.offset === undefined && selection.offset === undefined,
        },
      );
    },
    async countRecords(call, place) {
      const tables = await listTables(call, place.baseId);
      const primary = tables.find(({ id }) => id === place.table)?.primaryFieldId;
      let count = 0;
      let offset: string | undefined;
      do {
        const page = await fetchPage(call, place, {
          ...(primary === undefined ? {} : { fields: [primary] }),
          ...(offset === undefined ? {} : { offset }),
        });
        count += page.records.length;
        offset = page.offset;
      } while (offset !== undefined);
      return count;
    },
    async getRecord(call, { baseId, table, recordId }, options) {
      assertOwner(call, baseId);
      const { recordMetadata, returnFieldsByFieldId, ...format } = options;
      const query = {
        ...format,
        returnFieldsByFieldId: returnFieldsByFieldId ? 'true' : undefined,
        'recordMetadata[]': recordMetadata,
      };
      const path = [baseId, table, recordId];
      return cache.through(
        { tenantId, base: baseId, table },
        {
          request: ['record', recordId, options],
          ttlS: ttlS.record,
          load: () => read(call, baseId, { method: 'GET', path, query, answer: AirtableRecord }),
        },
      );
    },
    async createRecords(call, { baseId, table }, records, options) {
      const body = { records, ...options };
      const request = { method: 'POST', path: [baseId, table], body, answer: Created } as const;
      return (await write(call, baseId, request)).records;
    },
    async updateRecords(call, { baseId, table }, changes, { replace, fieldsToMergeOn, ...options }) {
      const { records, createdRecords, updatedRecords } = await write(call, baseId, {
        method: replace ? 'PUT' : 'PATCH',
        path: [baseId, table],
        body: {
          records: changes,
          ...options,
          ...(fieldsToMergeOn === undefined ? {} : { performUpsert: { fieldsToMergeOn } }),
        },
        answer: RecordsWritten,
      });
      return {
        records,
        ...(createdRecords === undefined ? {} : { createdRecords }),
        ...(updatedRecords === undefined ? {} : { updatedRecords }),
      };
    },
    async deleteRecords(call, { baseId, table }, ids) {
      const query = { 'records[]': ids };
      const request = { method: 'DELETE', path: [baseId, table], query, answer: Deleted } as const;
      return (await write(call, baseId, request)).records;
    },
    listComments(call, { baseId, table, recordId }, { pageSize, offset }) {
      const path = [baseId, table, recordId, 'comments'];
      const query = { pageSize: String(pageSize), offset };
      return read(call, baseId, { method: 'GET', path, query, answer: CommentList });
    },
    createComment(call, { baseId, table, recordId }, body) {
      const path = [baseId, table, recordId, 'comments'];
      return write(call, baseId, { method: 'POST', path, body, answer: Comment });
    },
    changeComment(call, { baseId, table, recordId, commentId }, text) {
      const path = [baseId, table, recordId, 'comments', commentId];
      return write(call, baseId, { method: 'PATCH', path, body: { text }, answer: Comment });
    },
    deleteComment(call, { baseId, table, recordId, commentId }) {
      const path = [baseId, table, recordId, 'comments', commentId];
      return write(call, baseId, { method: 'DELETE', path, answer: CommentDeletion });
    },
    async listWebhooks(call, baseId) {
      const path = ['bases', baseId, 'webhooks'];
      return (await read(call, baseId, { method: 'GET', path, answer: WebhookList })).webhooks;
    },
    createWebhook(call, baseId, { specification, notificationUrl }) {
      const body = { specification, ...(notificationUrl === null ? {} : { notificationUrl }) };
      const path = ['bases', baseId, 'webhooks'];
      return manage(call, baseId, { method: 'POST', path, body, answer: NewWebhook });
    },
    async deleteWebhook(call, place) {
      await manage(call, place.baseId, { method: 'DELETE', path: webhookPath(place), answer: Done });
    },
    async enableNotifications(call, place, enable) {
      const path = [...webhookPath(place), 'enableNotifications'];
      await manage(call, place.baseId, { method: 'POST', path, body: { enable }, answer: Done });
    },
    refreshWebhook(call, place) {
      const path = [...webhookPath(place), 'refresh'];
      return manage(call, place.baseId, { method: 'POST', path, answer: WebhookRefreshed });
    },
    listPayloads(call, place, { cursor, limit }) {
      const path = [...webhookPath(place), 'payloads'];
      const query = { cursor: String(cursor), limit: String(limit) };
      return read(call, place.baseId, { method: 'GET', path, query, answer: WebhookPayloadPage });
    },
    async forgetCached(call, { baseId, table }) {
      assertOwner(call, baseId ?? noBase);
      if (table === undefined) return cache.forget({ tenantId, base: baseId });
      if (baseId === undefined) return 0;
      // Answers are kept under what the table was called in the request: its id or its name.
      const known = (await listTables(call, baseId)).find(({ id, name }) => id === table || name === table);
      const tables = known === undefined ? [table] : [known.id, known.name];
      return cache.forget({ tenantId, base: baseId, tables });
    },
  };
}

function webhookPath({ baseId, webhookId }: WebhookPlace): string[] {
  return ['bases', baseId, 'webhooks', webhookId];
}
