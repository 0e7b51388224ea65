import { describe, expect, it } from 'vitest';
import type { FieldType } from '../../../../contracts/airtable-gateway/metadata.ts';
import type { StoredField } from '../../fields/field-kind.ts';
import { parseFormula } from '../../formula/parse-formula.ts';
import { prefilterOf } from './prefilter.ts';

function field(name: string, type: FieldType, options = {}): StoredField {
  return { id: `fld${name}`, name, type, description: null, options };
}

const fields = [
  field('Text', 'singleLineText'),
  field('Number', 'number'),
  field('One', 'singleSelect', { choices: [{ id: 'selA', name: 'a' }] }),
  field('Day', 'date'),
  field('Sum', 'formula', { formula: '1' }),
];

function clauses(source: string) {
  return prefilterOf(parseFormula(source), (name) => fields.find((one) => one.name === name));
}

describe('the clauses for the database', () => {
  it.each<[string, object[]]>([
    ["{Text} = 'x'", [{ ids: [], cells: [{ fldText: 'x' }] }]],
    ["'x' = {Text}", [{ ids: [], cells: [{ fldText: 'x' }] }]],
    ['{Number} = 5', [{ ids: [], cells: [{ fldNumber: 5 }] }]],
    ["{One} = 'a'", [{ ids: [], cells: [{ fldOne: 'selA' }] }]],
    ["{One} = 'none'", [{ ids: [], cells: [] }]],
    ["RECORD_ID() = 'rec1'", [{ ids: ['rec1'], cells: [] }]],
    [
      "AND({Text} = 'x', {Day} = 'y', AND({Number} = 5))",
      [
        { ids: [], cells: [{ fldText: 'x' }] },
        { ids: [], cells: [{ fldNumber: 5 }] },
      ],
    ],
    ["OR(RECORD_ID() = 'rec1', {Text} = 'x')", [{ ids: ['rec1'], cells: [{ fldText: 'x' }] }]],
  ])('of %s are %j', (source, expected) => {
    expect(clauses(source)).toEqual(expected);
  });

  it.each([
    "{Text} = ''",
    '{Number} = 0',
    '{Text} = 5',
    "{Number} = '5'",
    "{Text} != 'x'",
    "NOT({Text} = 'x')",
    "IF(1, {Text} = 'x')",
    "OR({Text} = 'x', {Day} = 'y')",
    "{Text} & 'x' = 'x'",
    "{Sum} = 'x'",
    '{Text} = {Text}',
    "{Day} = '2025-01-01'",
  ])('are empty for %s', (source) => {
    expect(clauses(source)).toEqual([]);
  });
});
