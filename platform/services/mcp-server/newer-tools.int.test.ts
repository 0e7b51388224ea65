import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Airtable } from './airtable.ts';
import { type RunningMcpServer, startMcpServer } from './testing/start-mcp-server.ts';

/** Requests to Airtable in the order of arrival. */
let requests: unknown[] = [];
beforeEach(() => {
  requests = [];
});

const recordId = 'recA1b2C3d4E5f6G7';

/** An Airtable gateway that updates one record to what it is told, deletes all, and has the base of a strange name. */
const airtable = {
  async updateRecords(request: { body: { records: { fields: Record<string, unknown> }[] } }) {
    requests.push(request);
    const records = request.body.records.map(({ fields }) => ({
      id: recordId,
      createdTime: '2025-08-07T12:00:00.000Z',
      fields,
    }));
    return { records, createdRecords: [], updatedRecords: [recordId] };
  },
  async deleteRecords(request: { query: { records: string[] } }) {
    requests.push(request);
    return { records: request.query.records.map((id) => ({ id, deleted: true })) };
  },
  listBases: async () => ({
    bases: [{ id: 'appA1b2C3d4E5f6G7', name: '=1+1 Back\\slash', permissionLevel: 'create' }],
  }),
} as unknown as Airtable;

let server: RunningMcpServer;
beforeAll(async () => {
  server = await startMcpServer(airtable);
});
afterAll(() => server[Symbol.asyncDispose]());

const call = (name: string, args: object) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name, arguments: args },
});
const inTable = { base_id: 'appA1b2C3d4E5f6G7', table_id: 'T\\a/b' };
const upsert = (fields: Record<string, unknown>, merge_on: string[]) =>
  call('upsert_records', { ...inTable, merge_on, records: [fields] });

async function structured(response: Response): Promise<Record<string, unknown>> {
  expect(response.status).toBe(200);
  const text = (await response.text()).replace(/^(?:event|id|retry):.*\n|^data: /gm, '');
  const { result } = JSON.parse(text) as { result: { structuredContent: Record<string, unknown> } };
  return result.structuredContent;
}

const calls = [
  ['list_bases', {}, { count: 1 }],
  ['upsert_records', { ...inTable, merge_on: ['A'], records: [{ A: 1 }] }, { updated: [recordId] }],
  ['batch_delete_records', { ...inTable, record_ids: [recordId] }, { deleted: [recordId] }],
] as const;

describe.each(calls)('%s', (name, args, expected) => {
  it.each([
    ['*/*', 'application/json'],
    ['application/*', 'application/json'],
    ['text/html, */*;q=0.8', 'application/json'],
    ['application/json', 'application/json'],
    ['text/event-stream', 'text/event-stream'],
  ])('responds to Accept: %s', async (accept, type) => {
    const response = await server.post('/mcp', call(name, args), { accept });
    expect(response.headers.get('content-type')).toContain(type);
    expect(await structured(response)).toMatchObject(expected);
  });
});

it.each(['Back\\slash', 'Brace}', '{Braces}', 'Quote"', "Quote'", 'Comma, space', ' Space ', 'Ünïcode'])(
  'merges on a field of the name %j, which no formula contains',
  async (field) => {
    expect(await structured(await server.post('/mcp', upsert({ [field]: 'x' }, [field])))).toMatchObject({
      records: [{ fields: { [field]: 'x' } }],
    });
    expect(requests).toEqual([
      {
        params: { baseId: inTable.base_id, tableIdOrName: inTable.table_id },
        body: { performUpsert: { fieldsToMergeOn: [field] }, records: [{ fields: { [field]: 'x' } }] },
      },
    ]);
  },
);

it.each([
  -1e-7,
  1e21,
  0.1 + 0.2,
  Number.MAX_SAFE_INTEGER,
  '-1+cmd',
  '=1+1',
  'Back\\slash "quote"',
  { text: '4006381333931', type: 'ean13' },
  [{ id: 'usrA1b2C3d4E5f6G7', email: 'ada@example.com' }],
  false,
  null,
])('upserts the value %j as it is', async (cell) => {
  const fields = { Key: 'k', Cell: cell };
  expect(await structured(await server.post('/mcp', upsert(fields, ['Key'])))).toMatchObject({
    records: [{ fields }],
  });
  expect(requests).toMatchObject([{ body: { records: [{ fields }] } }]);
});

it('shows the name of a base as it is', async () => {
  expect(await structured(await server.post('/mcp', call('list_bases', {})))).toMatchObject({
    bases: [{ name: '=1+1 Back\\slash' }],
  });
});
