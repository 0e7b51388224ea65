import type { z } from 'zod';
import type { airtableGateway } from '../../../contracts/airtable-gateway/contract.ts';
import type {
  AirtableDeletion,
  AirtableRecord,
  RecordPage,
  RecordSelection,
} from '../../../contracts/airtable-gateway/records.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import type { Call, TableRef, Upstream } from '../upstream.ts';
import { toCall } from './record-handlers.ts';
import { reachableBases } from './token-resources.ts';

function refOf(params: { baseId: string; tableId: string }): TableRef {
  return { baseId: params.baseId, table: params.tableId };
}

function toSort(names: string | readonly string[] | undefined): RecordSelection['sort'] {
  return [names ?? []]
    .flat()
    .map((name) =>
      name.startsWith('-') ? { field: name.slice(1), direction: 'desc' } : { field: name, direction: 'asc' },
    );
}

/** Collects pages until there are `maxRecords` records. The offset continues after them. */
async function listUpTo(
  upstream: Upstream,
  call: Call,
  ref: TableRef,
  { selection, maxRecords }: { selection: RecordSelection; maxRecords: number },
): Promise<RecordPage> {
  const records: AirtableRecord[] = [];
  let { offset } = selection;
  do {
    const pageSize = Math.min(100, maxRecords - records.length);
    const page = await upstream.listRecords(call, ref, { ...selection, offset, pageSize });
    records.push(...page.records);
    offset = page.offset;
  } while (offset !== undefined && records.length < maxRecords);
  return offset === undefined ? { records } : { records, offset };
}

/** The routes of the original platform, on the same upstream. */
export function plainHandlers(upstream: Upstream) {
  return {
    async bases(request) {
      const call = toCall(request);
      const bases = [];
      let offset: string | undefined;
      do {
        const page = await upstream.listBases(call, offset);
        bases.push(...reachableBases(request.caller, page.bases));
        offset = page.offset;
      } while (offset !== undefined);
      return {
        bases: bases.map(({ id, name, permissionLevel }) => ({
          id,
          name,
          permission_level: permissionLevel,
        })),
      };
    },
    async schema(request) {
      const { baseId } = request.params;
      const tables = await upstream.listTables(toCall(request), baseId);
      return {
        base_id: baseId,
        tables: tables.map((table) => ({
          ...table,
          description: table.description ?? null,
          fields: table.fields.map((field) => ({ ...field, description: field.description ?? null })),
        })),
      };
    },
    tables: async (request) => ({
      tables: await upstream.listTables(toCall(request), request.params.baseId),
    }),
    addTable: async (request) => upstream.createTable(toCall(request), request.params.baseId, request.body),
    async records(request) {
      const {
        max_records: maxRecords,
        offset,
        view,
        filter_by_formula: filterByFormula,
        sort,
      } = request.query;
      const selection: RecordSelection = { offset, view, filterByFormula, sort: toSort(sort) };
      return listUpTo(upstream, toCall(request), refOf(request.params), { selection, maxRecords });
    },
    async addRecord(request) {
      const records = [{ fields: request.body }];
      const [record] = await upstream.createRecords(toCall(request), refOf(request.params), records, {});
      return record as AirtableRecord;
    },
    async addRecords(request) {
      const given = Array.isArray(request.body) ? request.body : request.body.records;
      const records = given.map((fields) => ({ fields }));
      return { records: await upstream.createRecords(toCall(request), refOf(request.params), records, {}) };
    },
    async record(request) {
      const ref = { ...refOf(request.params), recordId: request.params.recordId };
      return upstream.getRecord(toCall(request), ref, {});
    },
    async changeRecord(request) {
      const change = { id: request.params.recordId, fields: request.body };
      const { records } = await upstream.updateRecords(toCall(request), refOf(request.params), [change], {
        replace: false,
      });
      return records[0] as AirtableRecord;
    },
    async removeRecord(request) {
      const ids = [request.params.recordId];
      const [deleted] = await upstream.deleteRecords(toCall(request), refOf(request.params), ids);
      return deleted as z.output<typeof AirtableDeletion>;
    },
  } satisfies Handlers<typeof airtableGateway>;
}
