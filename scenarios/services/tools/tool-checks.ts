import { defineCheck, equals, type Json, ProductFailure } from '../../../harness/engine/index.ts';
import type { ToolName } from '../../../platform/contracts/mcp-server/contract.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { summary } from '../../kit/response.ts';
import { prepare, type Send, sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { readCsv } from './read-csv.ts';
import { createStock, recordsPath, rowsOf, stock, stockSize } from './stock.ts';
import { readingToolBreaks, wayBreaks, writingToolBreaks } from './tool-breaks.ts';

const toolCheck = {
  category: 'services',
  severity: 'high',
  needs: [registrationWorks, 'services.mcp-server.available', 'services.airtable-gateway.available'],
  services: ['gateway', 'platform-services', 'airtable-gateway', 'mcp-server'],
  timeoutMs: 60_000,
} as const;

/** The result of a tool. @throws ProductFailure when it fails */
async function call(send: Send, name: ToolName, args: object): Promise<unknown> {
  const response = await send('POST', '/api/mcp/tools/call', { name, arguments: args });
  if (valueAt(response.json, 'success') !== true)
    throw new ProductFailure(`The tool ${name} returned ${summary(response)}`);
  return valueAt(response.json, 'structured');
}

const total = (stockSize * (stockSize + 1)) / 2;
const listOf = (json: unknown, ...path: string[]): unknown[] => {
  const found = valueAt(json, ...path);
  return Array.isArray(found) ? found : [];
};
const number = (value: unknown): number => (typeof value === 'number' ? value : Number.NaN);
const json = (value: unknown): Json => (value ?? null) as Json;

export const readingTools = defineCheck({
  ...toolCheck,
  id: 'services.mcp-server.values-of-reading-tools',
  title: 'Every tool that reads returns exactly what is stored',
  failureTitle: 'A tool of the model returns wrong, too few or too many data',
  why: 'Models and scripts act on these results without looking at the table. A missing last row is a wrong decision.',
  remediation: {
    text: 'The tools are in tools/ of mcp-server; they read by readRecords of airtable.ts, page by page.',
    effort: 'days',
  },
  expects: {
    listBases: equals([1, 'create', true]),
    listTables: equals(['Stock: 3 fields, 1 views, What there is', 'Other: 3 fields, 1 views, null']),
    getRecords: equals([stockSize, stockSize, total, false, stock[0]?.Name ?? '', stock.at(-1)?.Name ?? '']),
    getSome: equals([3, true, [1, 2, 3]]),
    getFiltered: equals([[104, 105], false]),
    search: equals(['Item 10', 'Item 100', 'Item 101', 'Item 102', 'Item 103', 'Item 104']),
    searchField: equals([0, 42, true]),
    fieldInfo: equals([
      'Name singleLineText primary null',
      'Amount number - {"precision":0}',
      'City singleLineText - null',
    ]),
    analysis: equals({
      sampled: 100,
      complete: false,
      amount: [100, 1, 100, { min: 1, max: 100, average: 50.5 }],
      city: [80, 0.8, 4, ' berlin : 20', 'Berlin: 20', 'Oslo: 20', 'Rome: 20'],
      insights: [
        'Amount is different in every sampled record.',
        'Name is different in every sampled record.',
      ],
    }),
    duplicates: equals({
      groups: ['berlin: 42', 'oslo: 21', 'rome: 21'],
      duplicate_records: 81,
      checked: stockSize,
      complete: true,
    }),
    noDuplicates: equals([0, 0]),
    csv: equals({ rows: stockSize, complete: true, different: [], columns: ['Name', 'Amount', 'City'] }),
    csvPart: equals({ rows: 2, complete: false, text: 'Amount\r\n1\r\n2\r\n' }),
    sync: equals({
      to_create: ['Item 2'],
      to_update: ['Item 3: City'],
      unchanged: 1,
      only_in_target: ['Only here'],
      common: ['Amount', 'City'],
    }),
  },
  breaks: readingToolBreaks,
  async run(context) {
    const send = sendAs(context, await context.account());
    const base = await createStock(send, context.unique('stock'));
    const inStock = { base_id: base.id, table_id: base.table };
    const bases = await call(send, 'list_bases', {});
    const own = listOf(bases, 'bases').find((one) => textAt(one, 'id') === base.id);
    const tables = listOf(await call(send, 'list_tables', { base_id: base.id }), 'tables');
    const records = async (more: object) => {
      const found = await call(send, 'get_records', { ...inStock, ...more });
      const rows = listOf(found, 'records').map((one) => valueAt(one, 'fields') as Record<string, unknown>);
      return { count: number(valueAt(found, 'count')), more: valueAt(found, 'more') === true, rows };
    };
    const amounts = (rows: readonly Record<string, unknown>[]) => rows.map(({ Amount }) => number(Amount));
    const all = await records({ max_records: 1000 });
    const some = await records({ max_records: 3 });
    const filtered = await records({ filter_by_formula: '{Amount} > 103' });
    const search = await call(send, 'search_records', { ...inStock, query: 'iTem 10' });
    const inCity = await call(send, 'search_records', { ...inStock, query: 'item', fields: ['City'] });
    const berlin = await call(send, 'search_records', { ...inStock, query: 'BERLIN' });
    const limited = await call(send, 'search_records', { ...inStock, query: 'item', max_records: 5 });
    const info = listOf(await call(send, 'get_field_info', inStock), 'fields');
    const analysis = await call(send, 'analyze_table_data', inStock);
    const analysed = (name: string) => listOf(analysis, 'fields').find((one) => textAt(one, 'name') === name);
    const [amount, city] = [analysed('Amount'), analysed('City')];
    const duplicates = await call(send, 'find_duplicates', { ...inStock, fields: ['City'] });
    const none = await call(send, 'find_duplicates', { ...inStock, fields: ['Name', 'City'] });
    const exported = await call(send, 'export_table_csv', inStock);
    const part = await call(send, 'export_table_csv', { ...inStock, fields: ['Amount'], max_records: 2 });
    await prepare(send, 'POST', `${recordsPath(base, base.other)}/batch`, [
      stock[3],
      { ...stock[2], City: 'Elsewhere' },
      { Name: 'Only here', Amount: 9 },
    ]);
    const cells = readCsv(textAt(exported, 'csv'));
    // A cell that a spreadsheet would run has an apostrophe before it.
    const wanted = [
      ['Name', 'Amount', 'City'],
      ...stock.map(({ Name, Amount, City }) => [Name.replace(/^=/, "'="), String(Amount), City]),
    ];
    const different = wanted.flatMap((row, index) =>
      JSON.stringify(cells[index]) === JSON.stringify(row)
        ? []
        : [`row ${index}: ${JSON.stringify(cells[index])}`],
    );
    const source = await prepare(send, 'POST', `/api/airtable/v0/meta/bases/${base.id}/tables`, {
      name: 'Source',
      fields: [
        { name: 'Name', type: 'singleLineText' },
        { name: 'Amount', type: 'number', options: { precision: 0 } },
        { name: 'City', type: 'singleLineText' },
      ],
    });
    const sourceId = textAt(source, 'id');
    await prepare(send, 'POST', `${recordsPath(base, sourceId)}/batch`, stock.slice(1, 4));
    const sync = await call(send, 'sync_tables', {
      source_base_id: base.id,
      source_table_id: sourceId,
      target_base_id: base.id,
      target_table_id: base.other,
      key_field: 'Name',
    });
    const texts = (list: unknown[]) => list.map(String);
    return {
      listBases: [
        number(valueAt(bases, 'count')),
        textAt(own, 'permission_level'),
        valueAt(bases, 'complete') === true,
      ],
      listTables: tables.map(
        (one) =>
          `${textAt(one, 'name')}: ${valueAt(one, 'field_count')} fields, ${valueAt(one, 'view_count')} views, ${valueAt(one, 'description')}`,
      ),
      getRecords: [
        all.count,
        all.rows.length,
        amounts(all.rows).reduce((sum, value) => sum + value, 0),
        all.more,
        String(all.rows[0]?.Name),
        String(all.rows.at(-1)?.Name),
      ],
      getSome: [some.count, some.more, amounts(some.rows)],
      getFiltered: [amounts(filtered.rows), filtered.more],
      search: listOf(search, 'records').map((one) => textAt(one, 'fields', 'Name')),
      searchField: [
        number(valueAt(inCity, 'count')),
        number(valueAt(berlin, 'count')),
        valueAt(limited, 'more') === true && valueAt(limited, 'count') === 5,
      ],
      fieldInfo: info.map(
        (one) =>
          `${textAt(one, 'name')} ${textAt(one, 'type')} ${valueAt(one, 'is_primary') ? 'primary' : '-'} ${JSON.stringify(valueAt(one, 'options'))}`,
      ),
      analysis: {
        sampled: json(valueAt(analysis, 'sampled')),
        complete: json(valueAt(analysis, 'complete')),
        amount: ['filled', 'fill_rate', 'distinct', 'numbers'].map((name) => json(valueAt(amount, name))),
        city: [
          ...['filled', 'fill_rate', 'distinct'].map((name) => json(valueAt(city, name))),
          ...listOf(city, 'most_common').map((one) => `${textAt(one, 'value')}: ${valueAt(one, 'count')}`),
        ],
        insights: texts(listOf(analysis, 'insights')).sort(),
      },
      duplicates: {
        groups: listOf(duplicates, 'groups')
          .map((one) => `${textAt(one, 'values', 'City')}: ${listOf(one, 'record_ids').length}`)
          .sort(),
        duplicate_records: json(valueAt(duplicates, 'duplicate_records')),
        checked: json(valueAt(duplicates, 'checked')),
        complete: json(valueAt(duplicates, 'complete')),
      },
      noDuplicates: [listOf(none, 'groups').length, number(valueAt(none, 'duplicate_records'))],
      csv: {
        rows: json(valueAt(exported, 'rows')),
        complete: json(valueAt(exported, 'complete')),
        different:
          cells.length === wanted.length
            ? different
            : [...different, `${cells.length} lines instead of ${wanted.length}`],
        columns: texts(listOf(exported, 'columns')),
      },
      csvPart: {
        rows: json(valueAt(part, 'rows')),
        complete: json(valueAt(part, 'complete')),
        text: textAt(part, 'csv'),
      },
      sync: {
        to_create: texts(listOf(sync, 'to_create')),
        to_update: listOf(sync, 'to_update').map(
          (one) => `${textAt(one, 'key')}: ${listOf(one, 'fields').join()}`,
        ),
        unchanged: json(valueAt(sync, 'unchanged')),
        only_in_target: texts(listOf(sync, 'only_in_target')),
        common: texts(listOf(sync, 'common_fields')),
      },
    };
  },
});

export const writingTools = defineCheck({
  ...toolCheck,
  id: 'services.mcp-server.values-of-writing-tools',
  title: 'Every tool that writes does exactly what it reports',
  failureTitle: 'A tool of the model reports a change that is not stored',
  why: 'A model that believes a change was made tells its user so. Each result is compared with what REST reads afterwards.',
  remediation: {
    text: 'The tools are in tools/ of mcp-server. The evidence has each result and the rows that were read afterwards.',
    effort: 'days',
  },
  expects: {
    created: equals([['Ada', 1], ['Ada 1']]),
    updated: equals([['Ada', 2], ['Ada 2']]),
    batchCreated: equals([3, ['Ada 2', 'Bob 3', 'Cy 4', 'Di 5']]),
    batchUpdated: equals([['Bob 30', 'Cy 40'], 1, ['Ada 2', 'Bob 30', 'Cy 40', 'Di 5']]),
    upserted: equals([['Bob 31', 'Eve 6'], 1, 1, ['Ada 2', 'Bob 31', 'Cy 40', 'Di 5', 'Eve 6']]),
    deleted: equals([true, ['Bob 31', 'Cy 40', 'Di 5', 'Eve 6']]),
    batchDeleted: equals([2, ['Di 5', 'Eve 6']]),
    described: equals([true, 2, ['Other 3 Name', 'Stock 3 Name']]),
    describedAgain: equals([false, 2, 2]),
    failures: equals({ unknownTable: false, unknownField: false, unknownTool: false, unknownRecord: false }),
    unchanged: equals(['Di 5', 'Eve 6']),
  },
  breaks: writingToolBreaks,
  async run(context) {
    const send = sendAs(context, await context.account());
    const base = await prepare(send, 'POST', '/api/airtable/v0/meta/bases', {
      name: context.unique('tools'),
      workspaceId: 'default',
      tables: ['Stock', 'Other'].map((name) => ({
        name,
        fields: [
          { name: 'Name', type: 'singleLineText' },
          { name: 'Amount', type: 'number', options: { precision: 0 } },
          { name: 'City', type: 'singleLineText' },
        ],
      })),
    });
    const [id, table] = [textAt(base, 'id'), textAt(base, 'tables', 0, 'id')];
    const inTable = { base_id: id, table_id: table };
    const line = (cells: unknown) => `${textAt(cells, 'Name')} ${valueAt(cells, 'Amount')}`;
    const rows = async (of = table) => (await rowsOf(send, { id }, of)).map(line).sort();
    const lines = (result: unknown, list: string) =>
      listOf(result, list).map((one) => line(valueAt(one, 'fields')));

    const ada = await call(send, 'create_record', { ...inTable, fields: { Name: 'Ada', Amount: 1 } });
    const adaId = textAt(ada, 'id');
    const cells = (result: unknown) =>
      [textAt(result, 'fields', 'Name'), number(valueAt(result, 'fields', 'Amount'))] as Json;
    const created = [cells(ada), await rows()];
    const changed = await call(send, 'update_record', {
      ...inTable,
      record_id: adaId,
      fields: { Amount: 2 },
    });
    const updated = [cells(changed), await rows()];
    const batch = await call(send, 'batch_create_records', {
      ...inTable,
      records: [
        { Name: 'Bob', Amount: 3 },
        { Name: 'Cy', Amount: 4 },
        { Name: 'Di', Amount: 5 },
      ],
    });
    const batchCreated = [number(valueAt(batch, 'count')), await rows()];
    const ids = listOf(batch, 'records').map((one) => textAt(one, 'id'));
    const several = await call(send, 'batch_update_records', {
      ...inTable,
      records: [
        { id: ids[0], fields: { Amount: 30 } },
        { id: 'recDoesNotExist00', fields: { Amount: 0 } },
        { id: ids[1], fields: { Amount: 40 } },
      ],
    });
    const batchUpdated = [lines(several, 'updated'), listOf(several, 'failed').length, await rows()];
    const upsert = await call(send, 'upsert_records', {
      ...inTable,
      merge_on: ['Name'],
      records: [
        { Name: 'Bob', Amount: 31 },
        { Name: 'Eve', Amount: 6 },
      ],
    });
    const upserted = [
      lines(upsert, 'records'),
      listOf(upsert, 'created').length,
      listOf(upsert, 'updated').length,
      await rows(),
    ];
    const deletion = await call(send, 'delete_record', { ...inTable, record_id: adaId });
    const deleted = [valueAt(deletion, 'deleted') === true, await rows()];
    const gone = await call(send, 'batch_delete_records', { ...inTable, record_ids: ids.slice(0, 2) });
    const batchDeleted = [number(valueAt(gone, 'count')), await rows()];
    const describe = async () => {
      const made = await call(send, 'create_metadata_table', { base_id: id });
      return { made, table: textAt(made, 'table', 'id') };
    };
    const first = await describe();
    const described = (await rowsOf(send, { id }, first.table))
      .map((row) => `${row['Table Name']} ${row['Field Count']} ${row['Primary Field']}`)
      .sort();
    const second = await describe();
    const succeeds = async (name: string, args: object) =>
      valueAt(
        (await send('POST', '/api/mcp/tools/call', { name, arguments: args })).json,
        'success',
      ) as boolean;
    return {
      created: created as Json,
      updated: updated as Json,
      batchCreated,
      batchUpdated: batchUpdated as Json,
      upserted: upserted as Json,
      deleted,
      batchDeleted,
      described: [
        valueAt(first.made, 'created') === true,
        number(valueAt(first.made, 'described_tables')),
        described,
      ],
      describedAgain: [
        valueAt(second.made, 'created') === true,
        number(valueAt(second.made, 'described_tables')),
        (await rowsOf(send, { id }, second.table)).length,
      ],
      failures: {
        unknownTable: await succeeds('get_records', { base_id: id, table_id: 'No such table' }),
        unknownField: await succeeds('create_record', { ...inTable, fields: { Unknown: 1 } }),
        unknownTool: await succeeds('no_such_tool', {}),
        unknownRecord: await succeeds('delete_record', { ...inTable, record_id: 'recDoesNotExist00' }),
      },
      unchanged: await rows(),
    };
  },
});

export const toolsByEveryWay = defineCheck({
  ...toolCheck,
  services: [...toolCheck.services, 'llm-orchestrator'],
  id: 'services.mcp-server.same-tools-by-every-way',
  title: 'A tool gives the same result by every way to call it',
  failureTitle: 'A tool gives another result by one of the ways to call it',
  why: 'Desktop clients, scripts and the chat use different routes to the same tools.',
  remediation: {
    text: 'Routes /tools/call, /rpc and /mcp of mcp-server and /execute-tool of llm-orchestrator all use call-tool.ts.',
    effort: 'hours',
  },
  expects: {
    results: equals({ rest: 2, rpc: 2, oldRpc: 2, protocol: 2, orchestrator: 2 }),
    lists: equals({ rest: true, rpc: true, protocol: true, orchestrator: true }),
  },
  breaks: wayBreaks,
  async run(context) {
    const user = await context.account();
    const send = sendAs(context, user);
    const base = await prepare(send, 'POST', '/api/airtable/v0/meta/bases', {
      name: context.unique('ways'),
      workspaceId: 'default',
      tables: [
        { name: 'One', fields: [{ name: 'Name', type: 'singleLineText' }] },
        { name: 'Two', fields: [{ name: 'Name', type: 'singleLineText' }] },
      ],
    });
    const args = { base_id: textAt(base, 'id') };
    const rpc = async (method: string, params: object) =>
      valueAt((await send('POST', '/api/mcp/rpc', { jsonrpc: '2.0', id: 1, method, params })).json, 'result');
    const protocol = async (method: string, params: object) => {
      const { accessToken, address } = user;
      const response = await context.http.request('gateway', '/api/mcp', {
        method: 'POST',
        token: accessToken,
        from: address,
        headers: { accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2025-06-18' },
        body: { jsonrpc: '2.0', id: 1, method, params },
      });
      return valueAt(response.json, 'result');
    };
    const count = (result: unknown) => {
      const structured = valueAt(result, 'structured') ?? valueAt(result, 'structuredContent');
      return listOf(structured, 'tables').length;
    };
    const list = { name: 'list_tables', arguments: args };
    const names = (result: unknown) =>
      listOf(result, 'tools')
        .map((one) => textAt(one, 'name'))
        .sort()
        .join();
    const restList = names((await send('GET', '/api/mcp/tools')).json);
    const isList = (text: string) => text === restList && text.split(',').length === 17;
    return {
      results: {
        rest: count((await send('POST', '/api/mcp/tools/call', list)).json),
        rpc: count(await rpc('tools/call', list)),
        oldRpc: count(await rpc('call_tool', list)),
        protocol: count(await protocol('tools/call', list)),
        orchestrator: count(
          (await send('POST', '/api/execute-tool', { tool_name: 'list_tables', arguments: args })).json,
        ),
      },
      lists: {
        rest: isList(restList),
        rpc: isList(names(await rpc('tools/list', {}))),
        protocol: isList(names(await protocol('tools/list', {}))),
        orchestrator: isList(names((await send('GET', '/api/tools')).json)),
      },
    };
  },
});
