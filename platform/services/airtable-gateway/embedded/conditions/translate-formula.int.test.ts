import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLog } from '../../../../kit/observe/log.ts';
import { type Database, openDatabase, type Transaction } from '../../../../kit/postgres/database.ts';
import { compileFormula } from '../../formula/compile-formula.ts';
import {
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
} from '../../testing/temporary-airtable-gateway.ts';
import { createRowFilter } from '../records/filter-rows.ts';
import { type RecordRow, selectRows } from '../records/record-row.ts';
import { ValueLoader } from '../records/value-sources.ts';
import { createSchemas } from '../schema/schemas.ts';
import { fieldNamed, type StoredBase, type StoredTable } from '../schema/stored-base.ts';
import { type Condition, Parameters } from './condition.ts';
import { translateFormula } from './translate-formula.ts';

const texts = [
  'a',
  'A',
  'ab',
  'aB c',
  '5',
  '05',
  '-5',
  '1e3',
  'ß',
  'SS',
  'İ',
  'i',
  '\u212a',
  'k',
  'ΑΣ',
  'ας',
  'é',
  'e\u0301',
  '😀',
  '\uffee',
  'x, y',
  '"',
  '0',
  '2024-01-01',
];
const numbers = [0, 1, -1, 0.1, -0.5, 5, 1e21, 1e22, 1e-7, 1e-6, 123_456_789_012_345_680_000, 2.5e-300];
const days = ['2024-01-01', '2024-02-29', '0000-01-01', '9999-12-31', '1969-12-31'];
const times = ['2024-01-01T00:00:00.000Z', '2024-01-01T12:00:00.001Z', '1999-12-31T23:59:59.999Z'];
const choices = ['a', 'B', 'ä', '5', 'x, y'];

const now = Date.parse('2024-01-01T10:00:00Z');

let gateway: TemporaryAirtableGateway;
let database: Database;
let query: Transaction['query'];
let base: StoredBase;
let table: StoredTable;
let rows: RecordRow[];

/** A value for each row and field, and every fourth without one. */
function cellOf(pool: readonly unknown[], row: number): unknown {
  return row % 4 === 3 ? null : pool[row % pool.length];
}

beforeAll(async () => {
  gateway = await startTemporaryAirtableGateway();
  const user = await gateway.user();
  const ok = async (method: string, path: string, body: unknown) => {
    const response = await gateway.call(user, method, path, body);
    expect(response.status, JSON.stringify(response.body)).toBe(200);
    return response.body;
  };
  const options = { choices: choices.map((name) => ({ name })) };
  const { id, tables } = await ok('POST', '/v0/meta/bases', {
    name: 'Conditions',
    workspaceId: 'default',
    tables: [
      {
        name: 'All',
        fields: [
          { name: 'T', type: 'singleLineText' },
          { name: 'M', type: 'multilineText' },
          { name: 'N', type: 'number', options: { precision: 8 } },
          { name: 'P', type: 'percent', options: { precision: 1 } },
          { name: 'D', type: 'date' },
          { name: 'W', type: 'dateTime' },
          { name: 'S', type: 'singleSelect', options },
          { name: 'L', type: 'multipleSelects', options },
          { name: 'C', type: 'checkbox' },
          { name: 'Auto', type: 'autoNumber' },
        ],
      },
    ],
  });
  const records = Array.from({ length: 50 }, (_, row) => ({
    fields: {
      T: cellOf(texts, row),
      M: cellOf(texts, row * 7 + 1),
      N: cellOf(numbers, row * 5),
      P: cellOf(numbers, row * 3 + 2),
      D: cellOf(days, row * 3),
      W: cellOf(times, row * 5 + 1),
      S: cellOf(choices, row * 3 + 1),
      L: row % 4 === 0 ? null : [choices[row % 5], choices[(row * 2 + 1) % 5]],
      C: row % 3 === 0,
    },
  }));
  for (let start = 0; start < records.length; start += 10)
    await ok('POST', `/v0/${id}/All`, { records: records.slice(start, start + 10) });

  database = openDatabase({
    url: gateway.stores.urlOf('airtable_gateway'),
    log: createLog({ service: 'test', level: 'silent' }),
  });
  const tenant = { tenantId: user.claims.tenant_id, userId: user.claims.user_id };
  query = (statement, values) => database.tenantQuery(tenant, statement, values);
  base = await createSchemas().load(query, id);
  table = base.tables.find((one) => one.id === tables[0].id) as StoredTable;
  rows = await selectRows(query, table.id, { after: 0, limit: 1_000 });
});
afterAll(async () => {
  await database?.close();
  await gateway?.[Symbol.asyncDispose]();
});

const quoted = (text: string) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

const formulas = fc.letrec<{ condition: string; text: string; constant: string; field: string }>((tie) => ({
  field: fc.constantFrom('{T}', '{M}', '{N}', '{P}', '{D}', '{W}', '{S}', '{L}', '{C}', '{Auto}'),
  constant: fc.oneof(
    fc.constantFrom(...texts, ...days, ...times, '', 'T', '00', ',').map(quoted),
    fc.constantFrom(...numbers).map(String),
    fc.constantFrom(
      'BLANK()',
      'TRUE()',
      'FALSE()',
      'TODAY()',
      'NOW()',
      "DATEADD(TODAY(), -1, 'days')",
      '1/0',
      'LOWER("AB")',
    ),
  ),
  text: fc.oneof(
    { depthSize: 'small' },
    tie('field'),
    tie('field').map((field) => `LOWER(${field} & "")`),
    tie('field').map((field) => `LOWER(${field})`),
    tie('field').map((field) => `UPPER(${field})`),
    tie('constant'),
    fc.tuple(tie('text'), tie('text')).map(([a, b]) => `(${a} & ${b})`),
    fc.tuple(tie('field'), tie('constant')).map(([a, b]) => `CONCATENATE(${a}, ${b})`),
  ),
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc
      .tuple(tie('field'), fc.constantFrom('=', '!=', '<', '<=', '>', '>='), tie('constant'))
      .map(([field, operator, constant]) => `${field} ${operator} ${constant}`),
    fc
      .tuple(tie('constant'), fc.constantFrom('=', '!=', '<', '<=', '>', '>='), tie('field'))
      .map(([constant, operator, field]) => `${constant} ${operator} ${field}`),
    fc
      .tuple(tie('text'), fc.constantFrom('=', '!='), tie('text'))
      .map(([a, operator, b]) => `${a} ${operator} ${b}`),
    fc
      .tuple(fc.constantFrom('FIND', 'SEARCH'), tie('constant'), tie('text'))
      .map(([name, wanted, text]) => `${name}(${wanted}, ${text})`),
    fc
      .tuple(tie('constant'), tie('text'), fc.constantFrom('> 0', '>= 1', '= 0', '!= 0', '< 1'))
      .map(([wanted, text, comparison]) => `FIND(${wanted}, ${text}) ${comparison}`),
    fc
      .tuple(fc.constantFrom('IS_BEFORE', 'IS_AFTER', 'IS_SAME'), tie('field'), tie('constant'))
      .map(([name, field, constant]) => `${name}(${field}, ${constant})`),
    tie('field'),
    tie('condition').map((condition) => `NOT(${condition})`),
    fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map((parts) => `AND(${parts.join(', ')})`),
    fc.array(tie('condition'), { minLength: 1, maxLength: 3 }).map((parts) => `OR(${parts.join(', ')})`),
    fc
      .tuple(tie('condition'), tie('constant'))
      .map(([condition, other]) => `IF(${condition}, ${other}, {C})`),
    fc.tuple(tie('condition'), tie('condition')).map(([a, b]) => `XOR(${a}, ${b})`),
    fc.constantFrom("RECORD_ID() = 'recAAAAAAAAAAAAAA'", 'ISERROR({N} / 0)', 'CREATED_TIME() > {W}'),
  ),
})).condition;

async function conditionOf(source: string) {
  const fieldOf = (name: string) => fieldNamed(table, name);
  const formula = await compileFormula(source, { fieldId: (name) => fieldOf(name)?.id });
  return translateFormula({ formula, now, fieldNamed: fieldOf });
}

/** The ids that a formula keeps. */
async function keptBy(source: string): Promise<string[]> {
  const formula = await compileFormula(source, { fieldId: (name) => fieldNamed(table, name)?.id });
  const loader = new ValueLoader(query, base, now);
  const signal = new AbortController().signal;
  const filter = createRowFilter({ formula, table, loader, now, signal });
  return (await filter.keep(rows)).map(({ id }) => id);
}

/** The ids for which each condition is true, in one statement. No condition may be null. */
async function foundBy(conditions: readonly Condition[]): Promise<string[][]> {
  const parameters = new Parameters([table.id]);
  const results = conditions.map(({ sql }) => sql(parameters));
  const { rows: tested } = await query<{ id: string; results: (boolean | null)[] }>(
    `select r.id, array[${results.join(', ')}]::boolean[] as results
     from airtable.records r where table_id = $1 order by number`,
    parameters.values,
  );
  expect(tested.flatMap(({ results: all }) => all)).not.toContain(null);
  return conditions.map((_condition, index) =>
    tested.filter(({ results: all }) => all[index] === true).map(({ id }) => id),
  );
}

/** Number of formulas that one statement tests. */
const formulasPerStatement = 25;

describe('the condition of a formula', () => {
  const numRuns = Math.ceil(Number(process.env.PROPERTY_RUNS ?? 1_500) / formulasPerStatement);
  const timeout = 60_000 + numRuns * 2_000;
  it('is true for every record that the formula keeps, and where it is exact for no other', {
    timeout,
  }, async () => {
    let translated = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(formulas, { minLength: formulasPerStatement, maxLength: formulasPerStatement }),
        async (sources) => {
          const known: { source: string; condition: Condition }[] = [];
          for (const source of sources) {
            const condition = await conditionOf(source);
            if (condition !== undefined) known.push({ source, condition });
          }
          translated += known.length;
          const found = await foundBy(known.map(({ condition }) => condition));
          for (const [index, { source, condition }] of known.entries()) {
            const kept = await keptBy(source);
            if (condition.isExact) expect(found[index], source).toEqual(kept);
            else expect(found[index], source).toEqual(expect.arrayContaining(kept));
          }
        },
      ),
      { numRuns },
    );
    // Formulas that PostgreSQL cannot tell anything of prove nothing.
    expect(translated).toBeGreaterThan((numRuns * formulasPerStatement) / 3);
  });

  it.each([
    ['{T} = "ab"', 'exact'],
    ['AND({N} < 5, {S} = "a")', 'exact'],
    ['NOT(OR({T} = "a", {C}))', 'exact'],
    ['FIND("a", LOWER({T} & ""))', 'exact'],
    ['OR(FIND("q", LOWER({T} & "")), FIND("q", LOWER({N} & "")))', 'necessary'],
    ['IS_BEFORE({D}, "2024-01-02")', 'necessary'],
    ['IF({S} = "a", TRUE(), {S} = "B")', 'exact'],
    ['{N} + 1 = 2', 'unknown'],
    ['AND({N} + 1 = 2, {T} = "a")', 'necessary'],
    ['OR({N} + 1 = 2, {T} = "a")', 'unknown'],
    ['NOT(IS_BEFORE({D}, "2024-01-02"))', 'unknown'],
    // Too much for any record, which only the evaluation says.
    ['REPT("a", 1000000000)', 'unknown'],
    ['FIND({S}, REPT("a", 1000000000))', 'unknown'],
    ['AND({T} = "a", REPT("a", 1000000000))', 'necessary'],
  ])('of %s is %s', async (source, expected) => {
    const condition = await conditionOf(source);
    expect(condition === undefined ? 'unknown' : condition.isExact ? 'exact' : 'necessary').toBe(expected);
  });

  it.each([
    ['{T} = "ab"', [['T', ['ab']]]],
    ['AND({N} = 5, {C})', [['N', [5]]]],
    ['OR({S} = "B", {S} = "5")', [['S', [1, 3]]]],
    ['OR({T} = "a", "b" = {T})', [['T', ['a', 'b']]]],
    ['OR({T} = "a", {M} = "b")', []],
    ['{T} = ""', []],
    ['{D} = "2024-01-01"', [['D', [Date.parse('2024-01-01')]]]],
  ])('of %s names the keys %j', async (source, expected) => {
    const condition = await conditionOf(source);
    const named = condition?.equalities.map(({ fieldId, keys }) => [fieldNamed(table, fieldId)?.name, keys]);
    expect(named).toEqual(expected);
  });
});
