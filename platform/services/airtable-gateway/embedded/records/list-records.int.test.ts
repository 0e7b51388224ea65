import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
  type TestUser,
} from '../../testing/temporary-airtable-gateway.ts';

interface Listed {
  id: string;
  fields: { Name?: string; Group?: number; Kind?: string };
}

let gateway: TemporaryAirtableGateway;
let user: TestUser;
let path: string;
let ids: string[];

beforeAll(async () => {
  gateway = await startTemporaryAirtableGateway();
  user = await gateway.user();
  const made = await gateway.call(user, 'POST', '/v0/meta/bases', {
    name: 'Lists',
    workspaceId: 'default',
    tables: [
      {
        name: 'T',
        fields: [
          { name: 'Name', type: 'singleLineText' },
          { name: 'Group', type: 'number', options: { precision: 0 } },
          { name: 'Kind', type: 'singleSelect', options: { choices: [{ name: 'a' }, { name: 'b' }] } },
        ],
      },
    ],
  });
  path = `/v0/${made.body.id}/T`;
  ids = [];
  for (let start = 0; start < 60; start += 10) {
    const { body } = await gateway.call(user, 'POST', path, {
      records: Array.from({ length: 10 }, (_, index) => {
        const n = start + index;
        return {
          fields: {
            ...(n % 7 === 0 ? {} : { Name: `name ${n % 5}` }),
            ...(n % 6 === 0 ? {} : { Group: n % 4 }),
            ...(n % 3 === 0 ? {} : { Kind: n % 3 === 1 ? 'a' : 'b' }),
          },
        };
      }),
    });
    ids.push(...body.records.map(({ id }: Listed) => id));
  }
});
afterAll(async () => gateway?.[Symbol.asyncDispose]());

async function listAll(selection: object): Promise<Listed[]> {
  const records: Listed[] = [];
  let offset: string | undefined;
  do {
    const page = await gateway.call(user, 'POST', `${path}/listRecords`, { ...selection, offset });
    expect(page.status, JSON.stringify(page.body)).toBe(200);
    records.push(...page.body.records);
    offset = page.body.offset;
  } while (offset !== undefined);
  return records;
}

const idsOf = (records: readonly Listed[]) => records.map(({ id }) => id);

describe('a list', () => {
  it('has the same records in the same order with any page size', async () => {
    const sort = fc.constantFrom(
      [],
      [{ field: 'Name' }],
      [{ field: 'Group', direction: 'desc' }, { field: 'Name' }],
      [{ field: 'Kind' }, { field: 'Group', direction: 'desc' }],
    );
    const filterByFormula = fc.constantFrom('', '{Group}', "{Name} = 'name 1'", 'NOT({Kind})');
    const sizes = fc.record({
      pageSize: fc.integer({ min: 1, max: 40 }),
      maxRecords: fc.integer({ min: 1, max: 80 }),
    });
    await fc.assert(
      fc.asyncProperty(sort, filterByFormula, sizes, async (order, formula, { pageSize, maxRecords }) => {
        const query = { sort: order, filterByFormula: formula };
        const whole = idsOf(await listAll(query));
        expect(new Set(whole).size).toBe(whole.length);
        expect(idsOf(await listAll({ ...query, pageSize }))).toEqual(whole);
        expect(idsOf(await listAll({ ...query, pageSize, maxRecords }))).toEqual(whole.slice(0, maxRecords));
      }),
      { numRuns: 25 },
    );
  });

  it('is the same with filtering by the database and by the formula engine', async () => {
    const comparison = fc
      .tuple(
        fc.constantFrom('{Name}', '{Group}', '{Kind}', 'RECORD_ID()', "'name 1'", '2'),
        fc.constantFrom('=', '!='),
        fc.oneof(
          fc.constantFrom("'name 1'", "''", '0', '2', "'2'", "'a'", "'none'", 'BLANK()', '{Name}', '{Group}'),
          fc.nat(59).map((index) => `'${index}'`),
        ),
      )
      .map(([left, operator, right]) => `${left} ${operator} ${right}`)
      .map((text) =>
        text.replace(/RECORD_ID\(\) (.+) '(\d+)'/, (_all, sign, n) => `RECORD_ID() ${sign} '${ids[n]}'`),
      );
    const { formula } = fc.letrec<{ formula: string }>((tie) => ({
      formula: fc.oneof(
        { maxDepth: 3 },
        comparison,
        fc
          .tuple(fc.constantFrom('AND', 'OR'), fc.array(tie('formula'), { minLength: 1, maxLength: 3 }))
          .map(([name, parts]) => `${name}(${parts.join(', ')})`),
        tie('formula').map((inner) => `NOT(${inner})`),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(formula, async (source) => {
        const filtered = await listAll({ filterByFormula: source });
        // The database cannot evaluate an IF.
        expect(idsOf(filtered)).toEqual(idsOf(await listAll({ filterByFormula: `IF(${source}, 1, 0)` })));
      }),
      { numRuns: 60 },
    );
  });

  it('continues after records that were deleted between two pages', async () => {
    const extra = await gateway.call(user, 'POST', path, {
      records: Array.from({ length: 6 }, () => ({ fields: { Name: 'short-lived' } })),
    });
    const added = idsOf(extra.body.records);
    const query = "pageSize=2&filterByFormula={Name}='short-lived'";
    const first = await gateway.call(user, 'GET', `${path}?${query}`);
    expect(idsOf(first.body.records)).toEqual(added.slice(0, 2));
    await gateway.call(user, 'DELETE', `${path}?records[]=${added[1]}&records[]=${added[2]}`);
    const offset = encodeURIComponent(first.body.offset);
    const second = await gateway.call(user, 'GET', `${path}?${query}&offset=${offset}`);
    expect(idsOf(second.body.records)).toEqual(added.slice(3, 5));
    await gateway.call(
      user,
      'DELETE',
      `${path}?${added
        .filter((_, index) => ![1, 2].includes(index))
        .map((id) => `records[]=${id}`)
        .join('&')}`,
    );
  });

  it('on the plain path has up to max_records records, and an offset for the rest', async () => {
    const [, , base, table] = path.split('/');
    const plain = `/bases/${base}/tables/${table}/records`;
    const first = await gateway.call(user, 'GET', `${plain}?max_records=45&sort=-Group&sort=Name`);
    expect(first.body.records.length).toBe(45);
    expect(first.body.records[0].fields.Group).toBe(3);
    const offset = encodeURIComponent(first.body.offset);
    const rest = await gateway.call(
      user,
      'GET',
      `${plain}?max_records=45&sort=-Group&sort=Name&offset=${offset}`,
    );
    expect(rest.body.records.length).toBe(15);
    expect(rest.body.offset).toBeUndefined();
    const whole = idsOf([...first.body.records, ...rest.body.records]);
    expect(new Set(whole)).toEqual(new Set(ids));
  });
});
