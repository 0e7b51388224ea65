import type { Redis } from 'ioredis';
import { z } from 'zod';
import { Comment, CommentDeletion } from '../../contracts/airtable-comments.ts';
import { Base, Field, Table } from '../../contracts/airtable-metadata.ts';
import {
  AirtableDeletion,
  AirtableRecord,
  RecordPage,
  type RecordSelection,
  RecordsWritten,
} from '../../contracts/airtable-records.ts';
import type { Log } from '../../kit/log.ts';
import { isId } from '../airtable-id.ts';
import { noPermission, notFound } from '../airtable-problem.ts';
import { assertMayWrite } from '../caller.ts';
import type { Call, TablePlace, Upstream } from '../upstream.ts';
import { createAirtableHttp } from './airtable-http.ts';
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
const metaScope = 'meta';

const BasePage = z.object({ bases: z.array(Base), offset: z.string().optional() });
const NewBase = z.object({ id: z.string(), tables: z.array(Table) });
const Tables = z.object({ tables: z.array(Table) });
const Created = z.object({ records: z.array(AirtableRecord) });
const CommentList = z.object({ comments: z.array(Comment), offset: z.string().nullable() });
const Deleted = z.object({ records: z.array(AirtableDeletion) });

/** The real Airtable: at most 5 requests a second and base over all processes, answers cached in Redis. */
export function createRemoteUpstream({ apiUrl, token, tenantId, redis, log }: RemoteOptions): Upstream {
  const limit = createRequestLimit({ redis, log, requests: 5, windowMs: 1_000, maxWaitMs: 10_000 });
  const http = createAirtableHttp({ apiUrl, token, limit });
  const cache = createAnswerCache({ redis, log });

  function assertOwner({ caller }: Call, baseId?: string): void {
    if (caller.tenantId !== tenantId) throw noPermission();
    if (baseId !== undefined && !isId('app', baseId)) throw notFound();
  }

  /** Runs a write and drops what is cached of the base, also when the write may have failed half way. */
  async function write<T>(call: Call, base: string, work: () => Promise<T>): Promise<T> {
    assertOwner(call, base === 'bases' ? undefined : base);
    assertMayWrite(call.caller);
    try {
      return await work();
    } finally {
      await cache.forget({ tenantId, base });
    }
  }

  async function listBases(call: Call, offset?: string): Promise<z.output<typeof BasePage>> {
    assertOwner(call);
    return cache.through(
      { tenantId, base: 'bases', table: '' },
      {
        request: ['bases', offset],
        ttlS: ttlS.schema,
        load: () =>
          http({
            scope: metaScope,
            method: 'GET',
            path: ['meta', 'bases'],
            query: { offset },
            answer: BasePage,
            signal: call.signal,
          }),
      },
    );
  }

  async function listTables(call: Call, baseId: string): Promise<Table[]> {
    assertOwner(call, baseId);
    const { tables } = await cache.through(
      { tenantId, base: baseId, table: '' },
      {
        request: ['tables'],
        ttlS: ttlS.schema,
        load: () =>
          http({
            scope: baseId,
            method: 'GET',
            path: ['meta', 'bases', baseId, 'tables'],
            answer: Tables,
            signal: call.signal,
          }),
      },
    );
    return tables;
  }

  /** Always by POST, since formulas may be longer than addresses; these two are read from the address only. */
  function fetchPage(call: Call, { baseId, table }: TablePlace, selection: RecordSelection) {
    const { timeZone, userLocale, ...body } = selection;
    return http({
      scope: baseId,
      method: 'POST',
      path: [baseId, table, 'listRecords'],
      query: { timeZone, userLocale },
      body,
      answer: RecordPage,
      signal: call.signal,
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
    createBase: (call, definition) =>
      write(call, 'bases', () =>
        http({
          scope: metaScope,
          method: 'POST',
          path: ['meta', 'bases'],
          body: definition,
          answer: NewBase,
          signal: call.signal,
        }),
      ),
    createTable: (call, baseId, definition) =>
      write(call, baseId, () =>
        http({
          scope: baseId,
          method: 'POST',
          path: ['meta', 'bases', baseId, 'tables'],
          body: definition,
          answer: Table,
          signal: call.signal,
        }),
      ),
    changeTable: (call, baseId, table, change) =>
      write(call, baseId, () =>
        http({
          scope: baseId,
          method: 'PATCH',
          path: ['meta', 'bases', baseId, 'tables', table],
          body: change,
          answer: Table,
          signal: call.signal,
        }),
      ),
    createField: (call, baseId, table, definition) =>
      write(call, baseId, () =>
        http({
          scope: baseId,
          method: 'POST',
          path: ['meta', 'bases', baseId, 'tables', table, 'fields'],
          body: definition,
          answer: Field,
          signal: call.signal,
        }),
      ),
    changeField: (call, { baseId, table, fieldId }, change) =>
      write(call, baseId, () =>
        http({
          scope: baseId,
          method: 'PATCH',
          path: ['meta', 'bases', baseId, 'tables', table, 'fields', fieldId],
          body: change,
          answer: Field,
          signal: call.signal,
        }),
      ),
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
      assertOwner(call, place.baseId);
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
      return cache.through(
        { tenantId, base: baseId, table },
        {
          request: ['record', recordId, options],
          ttlS: ttlS.record,
          load: () =>
            http({
              scope: baseId,
              method: 'GET',
              path: [baseId, table, recordId],
              query: {
                ...format,
                returnFieldsByFieldId: returnFieldsByFieldId ? 'true' : undefined,
                'recordMetadata[]': recordMetadata,
              },
              answer: AirtableRecord,
              signal: call.signal,
            }),
        },
      );
    },
    createRecords: (call, { baseId, table }, records, options) =>
      write(call, baseId, async () => {
        const created = await http({
          scope: baseId,
          method: 'POST',
          path: [baseId, table],
          body: { records, ...options },
          answer: Created,
          signal: call.signal,
        });
        return created.records;
      }),
    updateRecords: (call, { baseId, table }, changes, { replace, fieldsToMergeOn, ...options }) =>
      write(call, baseId, async () => {
        const { records, createdRecords, updatedRecords } = await http({
          scope: baseId,
          method: replace ? 'PUT' : 'PATCH',
          path: [baseId, table],
          body: {
            records: changes,
            ...options,
            ...(fieldsToMergeOn === undefined ? {} : { performUpsert: { fieldsToMergeOn } }),
          },
          answer: RecordsWritten,
          signal: call.signal,
        });
        return {
          records,
          ...(createdRecords === undefined ? {} : { createdRecords }),
          ...(updatedRecords === undefined ? {} : { updatedRecords }),
        };
      }),
    deleteRecords: (call, { baseId, table }, ids) =>
      write(call, baseId, async () => {
        const deleted = await http({
          scope: baseId,
          method: 'DELETE',
          path: [baseId, table],
          query: { 'records[]': ids },
          answer: Deleted,
          signal: call.signal,
        });
        return deleted.records;
      }),
    async listComments(call, { baseId, table, recordId }, { pageSize, offset }) {
      assertOwner(call, baseId);
      return http({
        scope: baseId,
        method: 'GET',
        path: [baseId, table, recordId, 'comments'],
        query: { pageSize: String(pageSize), offset },
        answer: CommentList,
        signal: call.signal,
      });
    },
    createComment: (call, { baseId, table, recordId }, comment) =>
      write(call, baseId, () =>
        http({
          scope: baseId,
          method: 'POST',
          path: [baseId, table, recordId, 'comments'],
          body: comment,
          answer: Comment,
          signal: call.signal,
        }),
      ),
    changeComment: (call, { baseId, table, recordId, commentId }, text) =>
      write(call, baseId, () =>
        http({
          scope: baseId,
          method: 'PATCH',
          path: [baseId, table, recordId, 'comments', commentId],
          body: { text },
          answer: Comment,
          signal: call.signal,
        }),
      ),
    deleteComment: (call, { baseId, table, recordId, commentId }) =>
      write(call, baseId, () =>
        http({
          scope: baseId,
          method: 'DELETE',
          path: [baseId, table, recordId, 'comments', commentId],
          answer: CommentDeletion,
          signal: call.signal,
        }),
      ),
    async forgetCached(call, { baseId, table }) {
      assertOwner(call, baseId);
      if (table === undefined) return cache.forget({ tenantId, base: baseId });
      if (baseId === undefined) return 0;
      // Answers are kept under what the table was called in the request: its id or its name.
      const known = (await listTables(call, baseId)).find(({ id, name }) => id === table || name === table);
      const tables = known === undefined ? [table] : [known.id, known.name];
      return cache.forget({ tenantId, base: baseId, tables });
    },
  };
}
