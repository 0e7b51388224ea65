import pg from 'pg';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecordSelection } from '../../../../contracts/airtable-gateway/records.ts';
import { createLog } from '../../../../kit/observe/log.ts';
import {
  type Database,
  openDatabase,
  type Tenant,
  type Transaction,
} from '../../../../kit/postgres/database.ts';
import {
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
} from '../../testing/temporary-airtable-gateway.ts';
import { createIndexBuilder } from '../keys/index-builder.ts';
import { createSchemas } from '../schema/schemas.ts';
import { createOrderCache } from '../sorting/order-cache.ts';
import { createCursors } from './cursor.ts';
import { createListMetrics } from './list-metrics.ts';
import { type ListResources, listRecords } from './list-records.ts';
import { createScanGate } from './scan-gate.ts';

/** Number of records. Every choice has a third of them: too many to be read on each page. */
const size = 6_600;
const pageSize = 50;

let gateway: TemporaryAirtableGateway;
let database: Database;
let tenant: Tenant;
let baseId: string;
let resources: ListResources;
let closeIndexes: () => Promise<void>;

beforeAll(async () => {
  gateway = await startTemporaryAirtableGateway();
  const user = await gateway.user();
  tenant = { tenantId: user.claims.tenant_id, userId: user.claims.user_id };
  const { body } = await gateway.call(user, 'POST', '/v0/meta/bases', {
    name: 'Cost',
    workspaceId: 'default',
    tables: [
      {
        name: 'Items',
        fields: [
          { name: 'Name', type: 'singleLineText' },
          { name: 'Group', type: 'number', options: { precision: 0 } },
          {
            name: 'Kind',
            type: 'singleSelect',
            options: { choices: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] },
          },
          { name: 'Rank', type: 'number', options: { precision: 0 } },
          { name: 'Auto', type: 'autoNumber' },
        ],
      },
    ],
  });
  baseId = body.id;
  const [table] = body.tables;
  const [name, group, kind, rank] = table.fields.map(({ id }: { id: string }) => id);
  const choices = table.fields[2].options.choices.map(({ id }: { id: string }) => id);
  const admin = new pg.Client({ connectionString: gateway.stores.adminUrl });
  await admin.connect();
  await admin.query(
    `insert into airtable.records (id, tenant_id, table_id, number, cells, created_by, modified_by)
     select 'rec' || lpad(n::text, 14, '0'), $1, $2, n, jsonb_build_object(
       $3::text, 'Name ' || n * 7919 % 6607, $4::text, n * 31 % 660, $5::text, ($7::text[])[1 + n % 3],
       $6::text, n * 104729 % 6619), $8, $8
     from generate_series(1, ${size}) as n`,
    [tenant.tenantId, table.id, name, group, kind, rank, choices, tenant.userId],
  );
  await admin.query('update airtable.tables set last_number = $2 where id = $1', [table.id, size]);
  await admin.query('analyze airtable.records');
  await admin.end();

  const log = createLog({ service: 'test', level: 'silent' });
  database = openDatabase({ url: gateway.stores.urlOf('airtable_gateway'), log });
  const indexes = createIndexBuilder({ database, log });
  closeIndexes = () => indexes.work.close();
  resources = {
    schemas: createSchemas(),
    cursors: createCursors('a secret of the test'),
    orders: createOrderCache(),
    scans: createScanGate(),
    indexes,
    metrics: createListMetrics(new Registry()),
    indexFrom: 1_000,
  };
  for (const field of table.fields)
    indexes.want({ tenant, baseId, tableId: table.id, fieldId: field.id }, false);
  await indexes.work.idle();
});
afterAll(async () => {
  await closeIndexes?.();
  await database?.close();
  await gateway?.[Symbol.asyncDispose]();
});

interface CountedPage {
  ids: string[];
  /** Rows that the database returned, and how many of them were records. */
  rows: number;
  records: number;
}

/** All pages of a list, with what each has read. */
async function pagesOf(
  selection: Pick<RecordSelection, 'sort' | 'filterByFormula'>,
  changed: Partial<ListResources> = {},
): Promise<CountedPage[]> {
  const pages: CountedPage[] = [];
  let offset: string | undefined;
  do {
    const page: CountedPage = { ids: [], rows: 0, records: 0 };
    const query: Transaction['query'] = async (statement, values) => {
      const result = await database.tenantQuery<never>(tenant, statement, values);
      page.rows += result.rows.length;
      const text = typeof statement === 'string' ? statement : statement.text;
      if (text.includes('from airtable.records')) page.records += result.rows.length;
      return result;
    };
    const listed = await listRecords({
      ...resources,
      ...changed,
      query,
      caller: tenant,
      baseId,
      table: 'Items',
      selection: { ...selection, pageSize, ...(offset === undefined ? {} : { offset }) } as RecordSelection,
      now: Date.now(),
      signal: new AbortController().signal,
    });
    page.ids = listed.records.map(({ id }) => id);
    pages.push(page);
    offset = listed.offset;
  } while (offset !== undefined);
  return pages;
}

const idsOf = (pages: readonly CountedPage[]) => pages.flatMap(({ ids }) => ids);
/** Reads no index. */
const computing: Partial<ListResources> = { indexFrom: Number.POSITIVE_INFINITY };

type Sort = NonNullable<RecordSelection['sort']>;
const by = (...keys: string[]): Sort =>
  keys.map((key) => {
    const [field = '', direction = 'asc'] = key.split(' ');
    return { field, direction: direction as 'asc' };
  });

describe('a page of a sorted list', () => {
  it.each([
    ['one field', by('Rank'), undefined],
    ['one field, descending', by('Name desc'), undefined],
    ['the auto number', by('Auto'), undefined],
    ['small groups and a second field', by('Group', 'Rank desc'), undefined],
    ['small groups, descending, and two more fields', by('Group desc', 'Kind', 'Name'), undefined],
    ['large groups and a second field', by('Kind desc', 'Rank'), undefined],
    ['one field, descending, with a filter', by('Rank desc'), '{Kind} = "b"'],
    ['two fields, with a filter', by('Group desc', 'Rank'), '{Kind} = "b"'],
  ])('reads little more than the first page and has the right records: %s', async (_what, sort, formula) => {
    const selection = formula === undefined ? { sort } : { sort, filterByFormula: formula };
    const pages = await pagesOf(selection);
    expect(idsOf(pages)).toEqual(idsOf(await pagesOf(selection, computing)));
    const [first, ...others] = pages.map(({ rows }) => rows);
    expect(others.length).toBeGreaterThan(20);
    // The state of the table and the keys of the last record are read besides.
    expect(Math.max(...others)).toBeLessThanOrEqual(1.5 * (first ?? 0) + 10);
  });

  it('reads only matching records when index and filter have keys', async () => {
    const [first] = await pagesOf({ sort: by('Rank desc'), filterByFormula: '{Kind} = "b"' });
    expect(first?.ids).toHaveLength(pageSize);
    // A third of a batch of 200.
    expect(first?.records).toBeLessThan(100);
  });

  it('loads hardly more records than it shows when groups are small', async () => {
    const [first] = await pagesOf({ sort: by('Group', 'Rank desc') });
    expect(first?.records).toBeLessThan(1.5 * pageSize);
  });
});

describe('an order that does not fit into the memory', () => {
  it('is computed in parts, and gives every record once', async () => {
    const selection = { sort: by('Name desc', 'Rank') };
    const small = await pagesOf(selection, {
      ...computing,
      maxOrderBytes: 200_000,
      orders: createOrderCache(),
    });
    expect(idsOf(small)).toEqual(idsOf(await pagesOf(selection, computing)));
    const scans = small.filter(({ records }) => records >= size).length;
    expect(scans).toBeGreaterThan(1);
    expect(scans).toBeLessThan(small.length / 4);
  });
});
