import { describe, expect, it } from 'vitest';
import type { Criterion } from '../plan/criterion.ts';
import { judgeCriterion } from './criteria.ts';

describe('criteria', () => {
  it.each<[Criterion, unknown, string]>([
    [{ op: 'equals', value: { a: 1, b: [2] } }, { b: [2], a: 1 }, 'met'],
    [{ op: 'equals', value: 0 }, -0, 'met'],
    [{ op: 'equals', value: 0 }, null, 'not-met'],
    [{ op: 'equals', value: '1' }, 1, 'not-met'],
    [{ op: 'equals', value: null }, undefined, 'unreadable'],
    [{ op: 'oneOf', values: [401, 403] }, 403, 'met'],
    [{ op: 'oneOf', values: [401, 403] }, 404, 'not-met'],
    [{ op: 'matches', pattern: '^16\\.9' }, '16.9 (Debian)', 'met'],
    [{ op: 'matches', pattern: '^16' }, 16, 'not-met'],
    [{ op: 'includes', values: ['a', { b: 1 }] }, [{ b: 1 }, 'a', 'c'], 'met'],
    [{ op: 'includes', values: ['a'] }, [], 'not-met'],
    [{ op: 'includes', values: ['ready'] }, 'is ready', 'met'],
    [{ op: 'includes', values: [1] }, '1', 'not-met'],
    [{ op: 'empty' }, [], 'met'],
    [{ op: 'empty' }, ['/auth: 404'], 'not-met'],
    [{ op: 'empty' }, null, 'not-met'],
    [{ op: 'empty' }, '', 'not-met'],
    [{ op: 'empty' }, { length: 0 }, 'not-met'],
    [{ op: 'empty' }, undefined, 'unreadable'],
    [{ op: 'atMost', value: 100, unit: 'ms' }, 100, 'met'],
    [{ op: 'atMost', value: 100, unit: 'ms' }, 100.1, 'not-met'],
    [{ op: 'atMost', value: 100, unit: 'ms' }, null, 'not-met'],
    [{ op: 'atMost', value: 100, unit: 'ms' }, [], 'not-met'],
    [{ op: 'atLeast', value: 1, unit: 'metrics' }, 1, 'met'],
    [{ op: 'atLeast', value: 1, unit: 'metrics' }, 0, 'not-met'],
  ])('%j of %j is %s', (criterion, observed, judgement) => {
    expect(judgeCriterion(criterion, observed).judgement).toBe(judgement);
  });

  it('give the observed and the expected value', () => {
    expect(judgeCriterion({ op: 'atMost', value: 100, unit: 'ms' }, 250).explanation).toBe(
      'Observed 250; expected at most 100 ms.',
    );
  });

  it('shorten a long value', () => {
    const { explanation } = judgeCriterion({ op: 'empty' }, ['x'.repeat(10_000)]);
    expect(explanation.length).toBeLessThan(400);
    expect(explanation).toContain('10004 characters');
  });
});

describe('a rate below 5 % at 95 % confidence, on at least 59 samples', () => {
  const below: Criterion = {
    op: 'rateBelow',
    threshold: { num: 5, den: 100 },
    confidence: 0.95,
    minSamples: 59,
  };

  it.each([
    [0, 0, 'not-proven'],
    [0, 58, 'not-proven'],
    [0, 59, 'met'],
    [1, 59, 'not-proven'],
    [1, 93, 'met'],
    [3, 59, 'not-met'],
    [3, 10, 'not-met'],
    [2, 10, 'not-proven'],
    [5, 100, 'not-met'],
    [4, 100, 'not-proven'],
    [400, 10_000, 'met'],
    [500, 10_000, 'not-met'],
    [40_000, 1_000_000, 'met'],
  ])('%i failures of %i samples: %s', (failed, total, judgement) => {
    expect(judgeCriterion(below, { failed, total }).judgement).toBe(judgement);
  });

  it.each([[{ failed: 3, total: 2 }], [{ failed: 0 }], [{ failed: 0.5, total: 60 }], [null], [0]])(
    '%j is unreadable because it is not a valid count of failures',
    (observed) => {
      expect(judgeCriterion(below, observed).judgement).toBe('unreadable');
    },
  );

  it('respects a larger minimum sample', () => {
    const strict: Criterion = { ...below, minSamples: 100 };
    expect(judgeCriterion(strict, { failed: 0, total: 99 }).judgement).toBe('not-proven');
    expect(judgeCriterion(strict, { failed: 0, total: 100 }).judgement).toBe('met');
  });

  it('is not proven by a minimum sample that is too small for the confidence', () => {
    const lax: Criterion = { ...below, minSamples: 1 };
    expect(judgeCriterion(lax, { failed: 0, total: 1 }).judgement).toBe('not-proven');
    expect(judgeCriterion(lax, { failed: 0, total: 1 }).explanation).toContain('At least 59 are needed');
  });
});

describe('a criterion for the measurement itself', () => {
  const dropped = { op: 'atMost', value: 0, unit: 'iterations', of: 'measurement' } as const;

  it.each([
    [0, 'met'],
    [1, 'not-proven'],
  ])('judges %j dropped iterations as %s, never as a failure of the product', (observed, judgement) => {
    expect(judgeCriterion(dropped, observed).judgement).toBe(judgement);
  });
});
