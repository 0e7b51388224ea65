import { expect, it } from 'vitest';
import { createLog } from '../../kit/observe/log.ts';
import { PeerProblem } from '../../kit/peers/peer-problem.ts';
import type { Airtable } from './airtable.ts';
import { callTool } from './call-tool.ts';

const table = {
  id: 'tbl1',
  name: 'People',
  primaryFieldId: 'fld1',
  fields: [
    { id: 'fld1', name: 'Name', type: 'singleLineText' },
    { id: 'fld2', name: 'Age', type: 'number' },
  ],
  views: [],
};
const cells = [{ Name: 'Ada "the first"', Age: 36 }, { Name: '=1+1' }, { Name: ' ada "the FIRST"' }];
const records = cells.map((fields, index) => ({
  id: `recA1b2C3d4E5f6G${index}`,
  createdTime: '2025-08-07T12:00:00.000Z',
  fields,
}));

/** The bodies of the requests to list records. */
let requests: { pageSize: number; offset?: string; filterByFormula?: string }[] = [];

/** An Airtable gateway with one table, which returns one record per page. */
const airtable = {
  listTables: async () => ({ tables: [table] }),
  async listRecordsByPost({ body }: { body: (typeof requests)[number] }) {
    requests.push(body);
    const index = Number(body.offset ?? 0);
    const more = index + 1 < records.length;
    return { records: [records[index]], ...(more ? { offset: String(index + 1) } : {}) };
  },
  async createRecords() {
    const error = {
      type: 'INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND',
      message: 'This needs the role editor in the workspace; yours is viewer.',
    };
    throw new PeerProblem({ peer: 'airtable-gateway', status: 403, body: { error } });
  },
  async deleteRecord() {
    throw new PeerProblem({ peer: 'airtable-gateway', status: 404, body: { error: 'NOT_FOUND' } });
  },
} as unknown as Airtable;

function call(name: string, args: object) {
  requests = [];
  const log = createLog({ service: 'test', level: 'silent' });
  return callTool({ name, arguments: args }, { airtable, signal: new AbortController().signal, log });
}

const inTable = { base_id: 'app1', table_id: 'People' };

it('reads as many pages as the limit needs', async () => {
  const result = await call('get_records', { ...inTable, max_records: 2 });
  expect(result).toMatchObject({ kind: 'done', structured: { count: 2, more: true } });
  expect(requests.map(({ pageSize, offset }) => [pageSize, offset])).toEqual([
    [2, undefined],
    [1, '1'],
  ]);
});

it('searches with a formula that neither text nor field names can break', async () => {
  const result = await call('search_records', { ...inTable, query: 'a"b\\', fields: ['Name'] });
  const formula = String.raw`FIND("a\"b\\", LOWER({fld1} & ""))`;
  expect(result).toMatchObject({ kind: 'done', structured: { formula } });
  expect(requests[0]?.filterByFormula).toBe(formula);
});

it('exports CSV that no spreadsheet runs as a formula', async () => {
  const result = await call('export_table_csv', { ...inTable, max_records: 2 });
  expect(result).toMatchObject({
    kind: 'done',
    structured: { csv: 'Name,Age\r\n"Ada ""the first""",36\r\n\'=1+1,\r\n', complete: false },
  });
});

it('finds duplicates regardless of case and surrounding spaces', async () => {
  const result = await call('find_duplicates', { ...inTable, fields: ['Name'] });
  expect(result).toMatchObject({
    kind: 'done',
    structured: {
      groups: [{ record_ids: ['recA1b2C3d4E5f6G0', 'recA1b2C3d4E5f6G2'] }],
      duplicate_records: 1,
      complete: true,
    },
  });
});

it.each([
  ['drop_table', {}, 'unknown-tool', /There is no tool "drop_table"/],
  ['get_records', { base_id: 'app1' }, 'bad-arguments', /^table_id: /],
  ['list_tables', { base_id: 'app1', other: 1 }, 'bad-arguments', /other/],
  ['get_field_info', { base_id: 'app1', table_id: 'X' }, 'failed', /has no table "X". It has: People\./],
  ['search_records', { ...inTable, query: 'a', fields: ['X'] }, 'failed', /People has no field X\./],
  ['find_duplicates', { ...inTable, fields: ['X'] }, 'failed', /People has no field X\./],
  ['export_table_csv', { ...inTable, fields: ['X'] }, 'failed', /People has no field X\./],
  ['delete_record', { ...inTable, record_id: 'rec9' }, 'failed', /^NOT_FOUND$/],
])('reports why %s failed with %j', async (name, args, kind, message) => {
  expect(await call(name, args)).toMatchObject({ kind, message: expect.stringMatching(message) });
});

it('says which role is missing', async () => {
  expect(await call('create_record', { ...inTable, fields: { Name: 'Ada' } })).toEqual({
    kind: 'failed',
    message:
      'INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND: This needs the role editor in the workspace; yours is viewer.',
  });
});
