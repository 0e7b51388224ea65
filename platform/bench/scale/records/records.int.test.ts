import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assertSame } from '../measure/assert-same.ts';
import type { OpenSuite } from '../suite.ts';
import type { FilledTable } from './filled-table.ts';
import { records } from './suite.ts';

const size = 150;

let folder: string;
let open: OpenSuite<FilledTable>;
let table: FilledTable;
const stopped = new AbortController();

beforeAll(async () => {
  const cache = join(import.meta.dirname, '../../../../node_modules/.cache');
  await mkdir(cache, { recursive: true });
  folder = await mkdtemp(join(cache, 'scale-test-'));
  open = await records.open({ tools: {}, folder, signal: stopped.signal, progress: () => {} });
  table = await open.fill(size);
});

afterAll(async () => {
  await open?.[Symbol.asyncDispose]();
  stopped.abort();
  await rm(folder, { recursive: true, force: true });
});

async function contentOfTable(): Promise<unknown[]> {
  const { rows } = await table.sql.query(
    'select id, number from airtable.records where table_id = $1 order by number',
    [table.tableId],
  );
  return rows;
}

describe.each(records.rows)('row $id', (row) => {
  it('measures, and both sides return the same', async () => {
    const before = await contentOfTable();
    const prepared = await row.prepare(table);
    await row.warm?.(table, prepared);
    const ours = await row.measure(table, prepared);
    const floor = await row.floor(table, prepared);
    expect(ours.value).toBeGreaterThan(0);
    expect(floor.value).toBeGreaterThan(0);
    expect(ours.stopped).toBeUndefined();
    // The memory of two different loads has no common result.
    if (row.unit === 'ms') expect(ours.result).toBeDefined();
    assertSame(ours.result, floor.result);
    await row.verify?.(table, prepared);
    expect(await contentOfTable()).toEqual(before);
  });
});

it('fills a table as the service stores it', async () => {
  expect(await contentOfTable()).toHaveLength(size);
  const { fields } = await table.api.call<{ fields: Record<string, unknown> }>(
    'GET',
    `${table.recordsUrl}/${((await contentOfTable())[5] as { id: string }).id}`,
  );
  expect(fields).toMatchObject({
    Name: 'Vera Weiß 6',
    Email: 'person.6@example.com',
    Amount: 475.14,
    Due: '2020-07-05',
    Status: 'Waiting',
    Paid: true,
  });
});
