import { describe, expect, it } from 'vitest';
import type { Mutant } from '../../../../scenarios/mutants/mutant.ts';
import type { Result } from '../../../judge/result.ts';
import { judgeMutant, judgeUnbroken } from './judge-mutant.ts';

const mutant: Mutant = {
  id: 'some.bug',
  kind: 1,
  defect: 'Something is broken.',
  changes: [],
  caughtBy: ['a.first', 'a.second'],
};

type Outcome = Result['checks'][number]['outcome'];

/** A result with these outcomes, and the titles of its blockers. */
function resultOf(
  outcomes: Readonly<Record<string, Outcome>>,
  { blockers = [], basis = 'violated' }: { blockers?: string[]; basis?: Result['verdict']['basis'] } = {},
): Result {
  return {
    verdict: { decision: 'NO-GO', basis, decidedBy: ['Because.'], failing: 0, unknown: 0 },
    blockers: blockers.map((title) => ({ title, root: 'a.first', cause: 'Seen.' })),
    checks: Object.entries(outcomes).map(([id, outcome]) => ({
      id,
      outcome,
      title: `${id} holds`,
      failureTitle: `${id} is broken`,
      explanation: `${id}: ${outcome}`,
      ...(outcome === 'fail' ? { cause: 'product' } : {}),
      ...(outcome === 'unmeasured' ? { shortfall: { kind: 'missing-capability', message: 'No tool.' } } : {}),
    })),
    harnessErrors: [],
  } as unknown as Result;
}

describe('the run on a mutant', () => {
  it.each<[string, Readonly<Record<string, Outcome>>, Parameters<typeof resultOf>[1]]>([
    ['caught', { 'a.first': 'fail', 'a.second': 'fail' }, { blockers: ['a.first is broken', 'other'] }],
    ['other-cause', { 'a.first': 'fail', 'a.second': 'fail' }, { blockers: ['other', 'a.first is broken'] }],
    ['missed', { 'a.first': 'fail', 'a.second': 'pass' }, { blockers: ['a.first is broken'] }],
    ['survived', { 'a.first': 'pass', 'a.second': 'pass' }, { basis: 'not-proven' }],
    ['survived', { 'a.first': 'pass', 'a.second': 'pass' }, { basis: 'proven' }],
    ['unproven', { 'a.first': 'unmeasured', 'a.second': 'pass' }, { basis: 'not-proven' }],
    ['harness-failure', { 'a.first': 'error', 'a.second': 'fail' }, { blockers: ['a.first is broken'] }],
    ['harness-failure', { 'a.first': 'fail', 'a.second': 'fail' }, { basis: 'harness-failed' }],
  ])('is %s for %j', (state, outcomes, more) => {
    expect(judgeMutant(mutant, resultOf(outcomes, more)).state).toBe(state);
  });

  it('may declare another first root cause, as a text or a pattern', () => {
    const result = resultOf({ 'a.first': 'fail', 'a.second': 'fail' }, { blockers: ['gateway fails'] });
    expect(judgeMutant({ ...mutant, rootCause: 'gateway fails' }, result).state).toBe('caught');
    expect(judgeMutant({ ...mutant, rootCause: /^gateway/ }, result).state).toBe('caught');
    expect(judgeMutant({ ...mutant, rootCause: /^frontend/ }, result).state).toBe('other-cause');
  });

  it('names the checks that failed', () => {
    const outcomes = { 'b.b': 'fail', 'a.first': 'fail', 'a.second': 'fail', 'c.c': 'pass' } as const;
    const { failed } = judgeMutant(mutant, resultOf(outcomes, { blockers: ['a.first is broken'] }));
    expect(failed).toEqual(['a.first', 'a.second', 'b.b']);
  });
});

describe('the run on the unbroken platform', () => {
  it('is green when what can be measured passes', () => {
    expect(judgeUnbroken(resultOf({ 'a.a': 'pass', 'a.b': 'unmeasured' })).state).toBe('green');
    expect(judgeUnbroken(resultOf({ 'a.a': 'pass', 'a.b': 'fail' })).state).toBe('red-without-mutant');
    expect(judgeUnbroken(resultOf({ 'a.a': 'blocked' })).state).toBe('red-without-mutant');
  });
});
