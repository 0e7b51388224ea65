import { z } from 'zod';
import { Comment, CommentDeletion } from '../../../contracts/airtable-gateway/comments.ts';
import {
  AirtableDeletion,
  AirtableRecord,
  RecordPage,
  type RecordSelection,
  RecordsWritten,
} from '../../../contracts/airtable-gateway/records.ts';
import type { Call, RecordRef, TableRef, Upstream } from '../upstream.ts';
import type { RemoteAccess } from './remote-access.ts';

/** Seconds for which responses are cached. */
const ttlS = { list: 300, record: 120 } as const;
const CreatedRecords = z.object({ records: z.array(AirtableRecord) });
const DeletedRecords = z.object({ records: z.array(AirtableDeletion) });
const CommentList = z.object({ comments: z.array(Comment), offset: z.string().nullable() });

function commentsPath({ baseId, table, recordId }: RecordRef, ...rest: string[]): string[] {
  return [baseId, table, recordId, 'comments', ...rest];
}

/** Records and comments of the real Airtable. */
export function remoteRecords({ send, write, cached }: RemoteAccess, listTables: Upstream['listTables']) {
  /** Uses POST, since a formula may be too long for a URL. Airtable reads two options from the query only. */
  function fetchPage(call: Call, { baseId, table }: TableRef, selection: RecordSelection) {
    const { timeZone, userLocale, ...body } = selection;
    const path = [baseId, table, 'listRecords'];
    const query = { timeZone, userLocale };
    return send(call, baseId, { method: 'POST', path, query, body, response: RecordPage });
  }

  return {
    listRecords: (call, ref, selection) =>
      cached(call, {
        base: ref.baseId,
        table: ref.table,
        request: ['list', selection],
        ttlS: ttlS.list,
        load: () => fetchPage(call, ref, selection),
        // Airtable's offsets expire: a page must not be cached longer than the offset in it is valid.
        keep: (page) => page.offset === undefined && selection.offset === undefined,
      }),
    async countRecords(call, ref) {
      const tables = await listTables(call, ref.baseId);
      const primary = tables.find(({ id }) => id === ref.table)?.primaryFieldId;
      const fields = primary === undefined ? {} : { fields: [primary] };
      let count = 0;
      let offset: string | undefined;
      do {
        const page = await fetchPage(call, ref, { ...fields, ...(offset === undefined ? {} : { offset }) });
        count += page.records.length;
        offset = page.offset;
      } while (offset !== undefined);
      return count;
    },
    getRecord(call, { baseId, table, recordId }, options) {
      const { recordMetadata, returnFieldsByFieldId, ...format } = options;
      const query = {
        ...format,
        returnFieldsByFieldId: returnFieldsByFieldId ? 'true' : undefined,
        'recordMetadata[]': recordMetadata,
      };
      const path = [baseId, table, recordId];
      return cached(call, {
        base: baseId,
        table,
        request: ['record', recordId, options],
        ttlS: ttlS.record,
        load: () => send(call, baseId, { method: 'GET', path, query, response: AirtableRecord }),
      });
    },
    async createRecords(call, { baseId, table }, records, options) {
      const body = { records, ...options };
      const request = { method: 'POST', path: [baseId, table], body, response: CreatedRecords } as const;
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
        response: RecordsWritten,
      });
      return {
        records,
        ...(createdRecords === undefined ? {} : { createdRecords }),
        ...(updatedRecords === undefined ? {} : { updatedRecords }),
      };
    },
    async deleteRecords(call, { baseId, table }, ids) {
      const query = { 'records[]': ids };
      const request = { method: 'DELETE', path: [baseId, table], query, response: DeletedRecords } as const;
      return (await write(call, baseId, request)).records;
    },
    listComments(call, ref, { pageSize, offset }) {
      const query = { pageSize: String(pageSize), offset };
      const request = { method: 'GET', path: commentsPath(ref), query, response: CommentList } as const;
      return send(call, ref.baseId, request);
    },
    createComment: (call, ref, body) =>
      write(call, ref.baseId, { method: 'POST', path: commentsPath(ref), body, response: Comment }),
    changeComment(call, ref, text) {
      const path = commentsPath(ref, ref.commentId);
      return write(call, ref.baseId, { method: 'PATCH', path, body: { text }, response: Comment });
    },
    deleteComment(call, ref) {
      const path = commentsPath(ref, ref.commentId);
      return write(call, ref.baseId, { method: 'DELETE', path, response: CommentDeletion });
    },
  } satisfies Partial<Upstream>;
}
