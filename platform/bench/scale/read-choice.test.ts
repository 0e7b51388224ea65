import { describe, expect, it, test } from 'vitest';
import { readChoice, readSizes } from './read-choice.ts';
import type { Suite } from './suite.ts';

test.each([
  ['1k,10k', [1_000, 10_000]],
  ['50', [50]],
  ['1k,', undefined],
  ['0', undefined],
  ['2000k', undefined],
  ['1.5k', undefined],
])('the sizes %s are %j', (text, expected) => {
  expect(readSizes(text)).toEqual(expected);
});

function suiteOf(id: string, rows: string[]): Suite {
  return { id, defaultSizes: [7], rows: rows.map((row) => ({ id: row })) } as unknown as Suite;
}
const known = [suiteOf('records', ['list', 'get']), suiteOf('runs', ['start'])];

function chosen(...args: string[]) {
  return readChoice(['--scale', ...args], known)?.suites.map(({ suite, rows, sizes }) => [
    suite.id,
    rows,
    sizes,
  ]);
}

describe('readChoice', () => {
  it('chooses everything by default', () => {
    expect(chosen()).toEqual([
      ['records', ['list', 'get'], [7]],
      ['runs', ['start'], [7]],
    ]);
  });

  it('leaves out suites without a chosen row', () => {
    expect(chosen('--rows', 'get', '--sizes', '1k')).toEqual([['records', ['get'], [1_000]]]);
    expect(chosen('--suites', 'runs')).toEqual([['runs', ['start'], [7]]]);
  });

  it.each([
    ['--rows', 'absent'],
    ['--suites', 'absent'],
    ['--rounds', '0'],
    ['--rounds', '1.5'],
    ['--sizes', 'many'],
  ])('rejects %s %s', (...args) => {
    expect(chosen(...args)).toBeUndefined();
  });
});
