import type { airtableGateway } from '../../../contracts/airtable-gateway/contract.ts';
import type {
  AirtableRecord,
  RecordPage,
  RecordSelection,
} from '../../../contracts/airtable-gateway/records.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import type { Call, TablePlace, Upstream } from '../upstream.ts';
import { toCall } from './record-handlers.ts';

function placeOf(params: { baseId: string; tableId: string }): TablePlace {
  return { baseId: params.baseId, table: params.tableId };
}

function toSort(names: string | readonly string[] | undefined): RecordSelection['sort'] {
  return [names ?? []]
    .flat()
    .map((name) =>
      name.startsWith('-') ? { field: name.slice(1), direction: 'desc' } : { field: name, direction: 'asc' },
    );
}

/** Puts pages together until there are `most` records; the offset leads to the ones after them. */
async function listUpTo(
  upstream: Upstream,
  call: Call,
  place: TablePlace,
  { selection, most }: { selection: RecordSelection; most: number },
): Promise<RecordPage> {
  const records: AirtableRecord[] = [];
  let { offset } = selection;
  do {
    const pageSize = Math.min(100, most - records.length);
    const page = await upstream.listRecords(call, place, { ...selection, offset, pageSize });
    records.push(...page.records);
    offset = page.offset;
  } while (offset !== undefined && records.length < most);
  return offset === undefined ? { records } : { records, offset };
}

/** The original platform's routes over the same upstream. */
export function plainHandlers(upstream: Upstream) {
  return {
    async bases(request) {
      const call = toCall(request);
      const bases = [];
      let offset: string | undefined;
      do {
        const page = await upstream.listBases(call, offset);
        bases.push(...page.bases);
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
      const { max_records: most, offset, view, filter_by_formula: filterByFormula, sort } = request.query;
      const selection: RecordSelection = { offset, view, filterByFormula, sort: toSort(sort) };
      return listUpTo(upstream, toCall(request), placeOf(request.params), { selection, most });
    },
    async addRecord(request) {
      const records = [{ fields: request.body }];
      const [record] = await upstream.createRecords(toCall(request), placeOf(request.params), records, {});
      if (record === undefined) throw new Error('a creation without result');
      return record;
    },
    async addRecords(request) {
      const given = Array.isArray(request.body) ? request.body : request.body.records;
      const records = given.map((fields) => ({ fields }));
      return { records: await upstream.createRecords(toCall(request), placeOf(request.params), records, {}) };
    },
    async record(request) {
      const place = { ...placeOf(request.params), recordId: request.params.recordId };
      return upstream.getRecord(toCall(request), place, {});
    },
    async changeRecord(request) {
      const change = { id: request.params.recordId, fields: request.body };
      const { records } = await upstream.updateRecords(toCall(request), placeOf(request.params), [change], {
        replace: false,
      });
      const [record] = records;
      if (record === undefined) throw new Error('an update without result');
      return record;
    },
    async removeRecord(request) {
      const ids = [request.params.recordId];
      const [deleted] = await upstream.deleteRecords(toCall(request), placeOf(request.params), ids);
      if (deleted === undefined) throw new Error('a deletion without result');
      return deleted;
    },
  } satisfies Handlers<typeof airtableGateway>;
}
