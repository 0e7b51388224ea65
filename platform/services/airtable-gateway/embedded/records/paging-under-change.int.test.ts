import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
  type TestUser,
} from '../../testing/temporary-airtable-gateway.ts';

interface Listed {
  id: string;
  fields: { Name?: string };
}

let gateway: TemporaryAirtableGateway;
let user: TestUser;

beforeAll(async () => {
  gateway = await startTemporaryAirtableGateway();
  user = await gateway.user();
});
afterAll(async () => gateway?.[Symbol.asyncDispose]());

async function ok(method: string, path: string, body?: unknown) {
  const response = await gateway.call(user, method, path, body);
  expect(response.status, JSON.stringify(response.body)).toBe(200);
  return response.body;
}

/** A new table with `count` records; returns its path. */
async function makeTable(count: number): Promise<string> {
  const { id, tables } = await ok('POST', '/v0/meta/bases', {
    name: 'Paging',
    workspaceId: 'default',
    tables: [
      {
        name: 'Tasks',
        fields: [
          { name: 'Name', type: 'singleLineText' },
          { name: 'Rank', type: 'number' },
          { name: 'Done', type: 'checkbox' },
        ],
      },
    ],
  });
  const fields = `/v0/meta/bases/${id}/tables/${tables[0].id}/fields`;
  await ok('POST', fields, { name: 'Length', type: 'formula', options: { formula: 'LEN({Name})' } });
  await ok('POST', fields, { name: 'Inverse', type: 'formula', options: { formula: '1 / ({Rank} - 1)' } });
  await ok('POST', fields, { name: 'Changed', type: 'lastModifiedTime' });
  const path = `/v0/${id}/Tasks`;
  for (let start = 0; start < count; start += 10)
    await ok('POST', path, {
      records: Array.from({ length: Math.min(10, count - start) }, (_, index) => ({
        fields: { Name: `task ${'x'.repeat((start + index) % 7)}`, Rank: (start + index) % 4 },
      })),
    });
  return path;
}

async function forTens(ids: readonly string[], write: (some: readonly string[]) => Promise<unknown>) {
  for (let start = 0; start < ids.length; start += 10) await write(ids.slice(start, start + 10));
}

type Change = (path: string, ids: readonly string[]) => Promise<void>;

const setTo =
  (fields: object): Change =>
  (path, ids) =>
    forTens(ids, (some) => ok('PATCH', path, { records: some.map((id) => ({ id, fields })) }));
const remove: Change = (path, ids) =>
  forTens(ids, (some) => ok('DELETE', `${path}?${some.map((id) => `records[]=${id}`).join('&')}`));

/** Reads all pages and changes the records of each page before the next one. */
async function loop(path: string, selection: object, change: Change) {
  const seen: string[] = [];
  let offset: string | undefined;
  do {
    const { status, body } = await gateway.call(user, 'POST', `${path}/listRecords`, {
      ...selection,
      offset,
    });
    if (status !== 200) return { seen, error: body.error.type };
    const ids = body.records.map(({ id }: Listed) => id);
    seen.push(...ids);
    await change(path, ids);
    offset = body.offset;
  } while (offset !== undefined);
  return { seen, error: undefined };
}

const open = { filterByFormula: 'NOT({Done})', pageSize: 10 };
const rejected = 'LIST_RECORDS_ITERATOR_NOT_AVAILABLE';

describe('a loop over pages that changes the records of each page', () => {
  it.each([
    ['a text', 'Name', 'asc'],
    ['a text in descending order', 'Name', 'desc'],
    ['a number with many equal values', 'Rank', 'asc'],
    ['a formula', 'Length', 'desc'],
    ['a formula with infinite values and errors', 'Inverse', 'asc'],
  ])('sees every record once when sorted by %s', async (_what, field, direction) => {
    const path = await makeTable(35);
    const selection = { ...open, sort: [{ field, direction }] };
    const { seen, error } = await loop(path, selection, setTo({ Done: true }));
    expect(error).toBeUndefined();
    expect(new Set(seen).size).toBe(35);
    expect(seen.length).toBe(35);
  });

  it('sees every record once when it deletes them', async () => {
    const path = await makeTable(35);
    const { seen, error } = await loop(path, { pageSize: 10, sort: [{ field: 'Rank' }] }, remove);
    expect(error).toBeUndefined();
    expect(new Set(seen).size).toBe(35);
  });

  it('sees every record once when not sorted', async () => {
    const path = await makeTable(35);
    expect(new Set((await loop(path, open, setTo({ Done: true }))).seen).size).toBe(35);
  });

  it.each([
    ['Name', { Name: 'a' }],
    ['Length', { Name: 'a' }],
    ['Changed', { Done: false, Rank: 9 }],
  ])('ends with an error when it changes what sorts the list by %s', async (field, fields) => {
    const path = await makeTable(35);
    const selection = { pageSize: 10, sort: [{ field }] };
    expect(await loop(path, selection, setTo(fields))).toMatchObject({ error: rejected });
  });

  it('pages on while records are created', async () => {
    const path = await makeTable(25);
    const create: Change = async () => ok('POST', path, { fields: { Name: 'zzz' } });
    const { error, seen } = await loop(path, { pageSize: 10, sort: [{ field: 'Rank' }] }, create);
    expect(error).toBeUndefined();
    expect(seen.length).toBeGreaterThanOrEqual(25);
  });
});

it('a sorted list misses no record in silence, whatever changes between two pages', async () => {
  const path = await makeTable(30);
  const { records } = await ok('GET', path);
  const all: string[] = records.map(({ id }: Listed) => id);
  const change = fc.record({
    id: fc.constantFrom(...all),
    fields: fc.oneof(
      fc.record({ Name: fc.constantFrom('', 'a', 'm', 'z') }),
      fc.record({ Rank: fc.nat(5) }),
      fc.record({ Done: fc.boolean() }),
    ),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(change, { selector: ({ id }) => id, maxLength: 5 }),
      fc.constantFrom('Name', 'Rank', 'Length'),
      fc.constantFrom('asc', 'desc'),
      async (changes, field, direction) => {
        const selection = { pageSize: 12, sort: [{ field, direction }] };
        const write: Change = async () => {
          if (changes.length > 0) await ok('PATCH', path, { records: changes });
        };
        const { seen, error } = await loop(path, selection, write);
        if (error === undefined) expect(new Set(seen)).toEqual(new Set(all));
        else expect(error).toBe(rejected);
      },
    ),
    { numRuns: 25 },
  );
});
