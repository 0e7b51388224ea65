import { describe, expect, it } from 'vitest';
import { compileFormula } from './compile-formula.ts';
import type { FormulaRecord } from './evaluation.ts';
import { FormulaLimitError, FormulaSyntaxError, FormulaValueError } from './formula-error.ts';
import { dateValue, isDate, type Value } from './value.ts';

const now = Date.parse('2025-08-07T12:34:56.000Z');

const cells: Record<string, Value> = {
  Name: 'Ada Lovelace',
  Age: 36,
  Zero: 0,
  Empty: null,
  Done: true,
  Tags: ['b', 'a', 'b'],
  Nested: [['x', null], 'y'],
  Born: dateValue(Date.parse('1815-12-10T00:00:00.000Z')),
  Due: dateValue(Date.parse('2025-08-10T15:30:45.000Z')),
  Digits: '5',
  'Full } name': 'brace',
};

const record: FormulaRecord = {
  id: 'recA1b2C3d4E5f6G7',
  createdTime: Date.parse('2025-01-02T03:04:05.000Z'),
  value: (fieldId) => cells[fieldId] ?? null,
  modifiedTime: (ids) => (ids.length === 0 ? now : Date.parse('2025-02-03T00:00:00.000Z')),
};

function compile(source: string) {
  return compileFormula(source, { fieldId: (name) => (Object.hasOwn(cells, name) ? name : undefined) });
}

async function value(source: string): Promise<unknown> {
  const result = (await compile(source)).evaluate(record, now);
  return isDate(result) ? new Date(result.time).toISOString() : result;
}

describe('evaluating a formula', () => {
  it.each<[string, unknown]>([
    // operators
    ['1 + 2 * 3', 7],
    ['{Age} - 1', 35],
    ['{Empty} + 1', 1],
    ['Digits + 1', 6],
    ['1 / 0', Number.POSITIVE_INFINITY],
    ['"a" & 1 & TRUE() & {Empty}', 'a11'],
    ['{Tags} & ""', 'b, a, b'],
    ['-{Age}', -36],
    // comparison and blanks
    ['{Empty} = BLANK()', true],
    ['{Empty} = ""', true],
    ['{Empty} = 0', true],
    ['{Zero} = BLANK()', true],
    ['{Zero} = ""', false],
    ['{Name} = BLANK()', false],
    ['{Age} != BLANK()', true],
    ['{Empty} < 5', true],
    ['{Digits} = 5', true],
    ['{Name} = "ada lovelace"', false],
    ['"b" > "a"', true],
    ['{Done} = TRUE()', true],
    ['{Done} = 1', true],
    ['{Empty} = FALSE()', true],
    ["{Born}=DATETIME_PARSE('1815-12-10')", true],
    ["{Born}='1815-12-10'", true],
    ["{Due} > '2025-08-10'", true],
    ['{Tags} = "b, a, b"', true],
    ['{Due} - {Due}', 0],
    // logical
    ['IF({Empty}, 1, 2)', 2],
    ['IF({Empty}, 1)', null],
    ['IF(1, "yes", ERROR())', 'yes'],
    ['AND({Name}, {Age}, NOT({Zero}))', true],
    ['AND({Zero}, ERROR())', false],
    ['OR({Zero}, {Empty}, "x")', true],
    ['XOR(1, 1, 1)', true],
    ['XOR(1, 1)', false],
    ['SWITCH({Age}, 35, "a", 36, "b", "c")', 'b'],
    ['SWITCH({Age}, 1, "a", "c")', 'c'],
    ['SWITCH({Age}, 1, "a")', null],
    ['ISERROR(ERROR())', true],
    ['ISERROR(1/0)', true],
    ['ISERROR(1 + "x")', true],
    ['ISERROR(1)', false],
    // text
    ['CONCATENATE("a", 1, {Empty}, "b")', 'a1b'],
    ['FIND("Love", {Name})', 5],
    ['FIND("love", {Name})', 0],
    ['FIND("a", {Name}, 4)', 10],
    ['SEARCH("zzz", {Name})', null],
    ['FIND("a", ARRAYJOIN({Tags}))', 4],
    ['LEFT({Name}, 3)', 'Ada'],
    ['RIGHT({Name}, 4)', 'lace'],
    ['RIGHT({Name}, 0)', ''],
    ['MID({Name}, 5, 4)', 'Love'],
    ['LEN({Name})', 12],
    ['LOWER("ÄB")', 'äb'],
    ['UPPER("straße")', 'STRASSE'],
    ['TRIM("  x ")', 'x'],
    ['SUBSTITUTE("aXbXc", "X", "-")', 'a-b-c'],
    ['SUBSTITUTE("aXbXc", "X", "-", 2)', 'aXb-c'],
    ['REPLACE("database", 5, 1, "-")', 'data-ase'],
    ['REPT("ab", 3)', 'ababab'],
    ['T(1)', null],
    ['T("x")', 'x'],
    ['VALUE("$1,234.50")', 1234.5],
    ['ENCODE_URL_COMPONENT("a b&c")', 'a%20b%26c'],
    ['{Full \\} name}', 'brace'],
    // lists
    ['ARRAYJOIN({Tags}, "-")', 'b-a-b'],
    ['ARRAYJOIN(ARRAYUNIQUE({Tags}), "")', 'ba'],
    ['COUNTALL(ARRAYCOMPACT({Nested}))', 2],
    ['COUNTALL(ARRAYFLATTEN({Nested}))', 3],
    ['ARRAYJOIN(ARRAYSLICE({Tags}, 2), "")', 'ab'],
    ['ARRAYJOIN(ARRAYSLICE({Tags}, -2, -1), "")', 'ab'],
    // numbers
    ['ABS(-2)', 2],
    ['SUM(1, {Empty}, "x", 2)', 3],
    ['AVERAGE(1, 2, 3)', 2],
    ['COUNT(1, "2", {Empty})', 1],
    ['COUNTA(1, "2", {Empty}, "")', 2],
    ['COUNTALL(1, "2", {Empty})', 3],
    ['MAX(3, 7, 5)', 7],
    ['MIN(3, 7, 5)', 3],
    ['MAX({Born}, {Due})', '2025-08-10T15:30:45.000Z'],
    ['CEILING(2.3)', 3],
    ['CEILING(7, 5)', 10],
    ['FLOOR(0.35, 0.1)', 0.3],
    ['EVEN(2.2)', 4],
    ['ODD(2)', 3],
    ['ODD(-2)', -3],
    ['EXP(0)', 1],
    ['INT(-1.5)', -2],
    ['LOG(1000)', 3],
    ['LOG(8, 2)', 3],
    ['MOD(7, 3)', 1],
    ['MOD(-7, 3)', 2],
    ['POWER(2, 10)', 1024],
    ['ROUND(1.005, 2)', 1.01],
    ['ROUND(-2.5, 0)', -2],
    ['ROUND(1234, -2)', 1200],
    ['ROUNDUP(1.21, 1)', 1.3],
    ['ROUNDUP(-1.21, 1)', -1.3],
    ['ROUNDDOWN(1.29, 1)', 1.2],
    ['SQRT(9)', 3],
    // regular expressions
    ['REGEX_MATCH({Name}, "^Ada")', true],
    ['REGEX_MATCH({Name}, "\\d")', false],
    ['REGEX_EXTRACT({Name}, "L\\w+")', 'Lovelace'],
    ['REGEX_REPLACE({Name}, "(\\w+) (\\w+)", "$2, $1")', 'Lovelace, Ada'],
    ['REGEX_REPLACE("aaa", "a*?", "-")', '-a-a-a-'],
    // dates
    ['NOW()', '2025-08-07T12:34:56.000Z'],
    ['TODAY()', '2025-08-07T00:00:00.000Z'],
    ['DATEADD({Due}, 1, "months")', '2025-09-10T15:30:45.000Z'],
    ['DATEADD("2024-01-31", 1, "M")', '2024-02-29T00:00:00.000Z'],
    ['DATETIME_DIFF({Due}, TODAY(), "days")', 3],
    ['DATETIME_DIFF("2025-01-01", "2025-01-02", "hours")', -24],
    ['DATETIME_DIFF("2025-01-02", "2025-01-01")', 86_400],
    ['DATETIME_FORMAT({Due}, "YYYY-MM-DD HH:mm")', '2025-08-10 15:30'],
    ['DATETIME_FORMAT(SET_TIMEZONE({Due}, "Asia/Tokyo"), "D MMM, HH:mm")', '11 Aug, 00:30'],
    ['DATETIME_FORMAT(SET_LOCALE({Due}, "de"), "dddd")', 'Sonntag'],
    ['DATETIME_PARSE("4 Mar 2017 23:00", "D MMM YYYY HH:mm")', '2017-03-04T23:00:00.000Z'],
    ['DATETIME_PARSE("2023-12-01T12:34:56.000Z")', '2023-12-01T12:34:56.000Z'],
    ['DATETIME_PARSE("3/4/2017")', '2017-03-04T00:00:00.000Z'],
    ['DATESTR({Due})', '2025-08-10'],
    ['TIMESTR({Due})', '15:30:45'],
    ['YEAR({Due}) & MONTH({Due}) & DAY({Due})', '2025810'],
    ['HOUR({Due}) & ":" & MINUTE({Due}) & ":" & SECOND({Due})', '15:30:45'],
    ['WEEKDAY({Due})', 0],
    ['WEEKDAY({Due}, "Monday")', 6],
    ['WEEKNUM("2025-01-05")', 2],
    ['WEEKNUM("2025-01-05", "Monday")', 1],
    ['WORKDAY("2025-08-08", 1)', '2025-08-11T00:00:00.000Z'],
    ['WORKDAY("2025-08-08", 1, "2025-08-11, 2025-08-12")', '2025-08-13T00:00:00.000Z'],
    ['WORKDAY("2025-08-11", -1)', '2025-08-08T00:00:00.000Z'],
    ['WORKDAY_DIFF("2025-08-04", "2025-08-15")', 10],
    ['WORKDAY_DIFF("2025-08-04", "2025-08-15", "2025-08-05")', 9],
    ['IS_BEFORE({Born}, {Due})', true],
    ['IS_AFTER({Born}, {Due})', false],
    ['IS_SAME({Due}, "2025-08-01", "month")', true],
    ['IS_SAME({Due}, "2025-08-01", "day")', false],
    ['FROMNOW(DATEADD(NOW(), -25, "years"))', '25 years'],
    ['TONOW(DATEADD(NOW(), 2, "days"))', '2 days'],
    // record
    ['RECORD_ID()', 'recA1b2C3d4E5f6G7'],
    ['CREATED_TIME()', '2025-01-02T03:04:05.000Z'],
    ['LAST_MODIFIED_TIME()', '2025-08-07T12:34:56.000Z'],
    ['LAST_MODIFIED_TIME({Name})', '2025-02-03T00:00:00.000Z'],
  ])('%s is %j', async (source, expected) => {
    expect(await value(source)).toEqual(expected);
  });

  it.each([
    '1 + "x"',
    '{Born} * 2',
    'ERROR()',
    'DATETIME_FORMAT({Empty}, "YYYY")',
    'IS_BEFORE({Empty}, TODAY())',
    'DATEADD({Due}, 1, "fortnights")',
    'DATEADD({Due}, 1e11, "years")',
    'SET_TIMEZONE({Due}, "Mars/Olympus")',
    'REGEX_MATCH({Name}, "(")',
    'REGEX_MATCH({Name}, "(?=x)")',
    'REGEX_EXTRACT({Name}, "zzz")',
    'MID({Name}, 0, 1)',
    'LEFT({Name}, -1)',
    'VALUE("none")',
    'AND(1, ERROR())',
  ])('%s is an error value, which does not match as a filter', async (source) => {
    const formula = await compile(source);
    expect(() => formula.evaluate(record, now)).toThrow(FormulaValueError);
    expect(formula.matches(record, now)).toBe(false);
  });

  it.each([
    ['{Nobody} = 1', 'Unknown field names: Nobody', 0],
    ['1 + nobody', 'Unknown field names: nobody', 4],
    ['NOPE(1)', 'Unknown function NOPE', 0],
    ['1 + LEN()', 'Wrong number of arguments for LEN', 4],
    ['LAST_MODIFIED_TIME(1)', 'LAST_MODIFIED_TIME takes fields only', 19],
    ['constructor()', 'Unknown function CONSTRUCTOR', 0],
    ['{__proto__}', 'Unknown field names: __proto__', 0],
  ])('%s is rejected before any record is read', async (source, message, at) => {
    await expect(compile(source)).rejects.toMatchObject({ name: 'FormulaSyntaxError', message, at });
    await expect(compile(source)).rejects.toBeInstanceOf(FormulaSyntaxError);
  });

  it.each([
    ['a text by repetition', 'REPT("x", 1e9)'],
    ['a text by nested repetition', 'LEN(REPT(REPT(REPT("x", 999), 999), 999))'],
    ['a text by replacement', 'SUBSTITUTE(REPT("x", 50000), "x", REPT("y", 1000))'],
    ['a regular expression too long', `REGEX_MATCH("x", REPT("a", 2000))`],
    ['a regular expression too big', 'REGEX_MATCH("x", REPT("(.{1000})", 100))'],
    ['searches that restart at every character', 'LEN(REGEX_REPLACE(REPT("a", 90000), "a.*b|a", "c"))'],
    [
      'work by many long searches',
      `SUM(${Array(300).fill('LEN(SUBSTITUTE(REPT("a", 99999), "a", "b"))').join(',')})`,
    ],
  ])('stops %s', async (_kind, source) => {
    const formula = await compile(source);
    expect(() => formula.evaluate(record, now)).toThrow(FormulaLimitError);
  });

  it('evaluates a chain of thousands of operators', async () => {
    expect(await value(Array.from({ length: 4000 }, () => '1').join('+'))).toBe(4000);
  });

  it('reports the fields that the formula reads', async () => {
    expect((await compile('IF({Age} > 1, Name, {Age})')).fieldIds).toEqual(new Set(['Age', 'Name']));
  });
});
