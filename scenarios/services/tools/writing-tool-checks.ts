import { defineCheck, equals, type Json } from '../../../harness/engine/index.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { listAt, textAt, valueAt } from '../../kit/shape.ts';
import { rowsOf } from './stock.ts';
import { writingToolBreaks } from './tool-breaks.ts';
import { call, number, toolCheck } from './tool-call.ts';

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
      listAt(result, list).map((one) => line(valueAt(one, 'fields')));

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
    const ids = listAt(batch, 'records').map((one) => textAt(one, 'id'));
    const several = await call(send, 'batch_update_records', {
      ...inTable,
      records: [
        { id: ids[0], fields: { Amount: 30 } },
        { id: 'recDoesNotExist00', fields: { Amount: 0 } },
        { id: ids[1], fields: { Amount: 40 } },
      ],
    });
    const batchUpdated = [lines(several, 'updated'), listAt(several, 'failed').length, await rows()];
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
      listAt(upsert, 'created').length,
      listAt(upsert, 'updated').length,
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
