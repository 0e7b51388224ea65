import { describe, expect, it } from 'vitest';
import type { Mutant } from '../../../../scenarios/mutants/mutant.ts';
import { reportMutants, summarise, toMarkdown } from './mutant-report.ts';
import type { MutantResult } from './mutant-result.ts';
import { selectMutants } from './select-mutants.ts';

const mutantOf = (id: string, kind: number): Mutant => ({
  id,
  kind,
  defect: 'It | is broken.',
  changes: [],
  caughtBy: ['a.a'],
});
const mutants = [mutantOf('a.one', 1), mutantOf('a.two', 2), mutantOf('ab.one', 2)];
const ids = (options: Parameters<typeof selectMutants>[1]) =>
  selectMutants(mutants, options).map(({ id }) => id);

describe('the selected mutants', () => {
  it('match a pattern by whole segments, a kind and a part', () => {
    expect(ids({ patterns: [] })).toEqual(['a.one', 'a.two', 'ab.one']);
    expect(ids({ patterns: ['a'] })).toEqual(['a.one', 'a.two']);
    expect(ids({ patterns: [], kind: '2' })).toEqual(['a.two', 'ab.one']);
    expect(ids({ patterns: [], part: { index: 2, of: 2 } })).toEqual(['a.two']);
  });

  it('are rejected when there are none', () => {
    expect(() => ids({ patterns: ['b'] })).toThrow('No mutant matches "b"');
    expect(() => ids({ patterns: [], kind: '3' })).toThrow('no mutant of kind 3');
  });
});

it('the report lists what went wrong first, and what was not run', () => {
  const caught: MutantResult = {
    mutant: 'a.one',
    state: 'caught',
    seen: 'Good.',
    failed: ['a.a'],
    tookMs: 1_000,
  };
  const survived: MutantResult = { ...caught, mutant: 'a.two', state: 'survived', seen: 'GO' };
  const report = reportMutants({ mutants, results: [caught, survived], durationMs: 2_000 });
  expect(summarise(report)).toBe(
    '1 mutants caught as declared, 1 survived, 0 caught otherwise, 0 failures, 0 unproven, 1 not run, 2 s',
  );
  const text = toMarkdown(report, mutants);
  expect(text.indexOf('a.two')).toBeLessThan(text.indexOf('`a.one`'));
  expect(text).toContain('It \\| is broken.');
  expect(text).toContain('- `ab.one`');
});
