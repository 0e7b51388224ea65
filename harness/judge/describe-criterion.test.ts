import { describe, expect, it } from 'vitest';
import type { Criterion } from '../plan/criterion.ts';
import { describeCriterion, describeValue } from './describe-criterion.ts';

describe('describeCriterion', () => {
  it.each<[Criterion, string]>([
    [{ op: 'equals', value: 'ready' }, '"ready"'],
    [{ op: 'oneOf', values: [200, 201, 204] }, 'one of 200, 201 or 204'],
    [{ op: 'oneOf', values: [200] }, '200'],
    [{ op: 'matches', pattern: '^16\\.' }, 'text that matches /^16\\./'],
    [{ op: 'includes', values: ['a', 'b'] }, 'a value that includes "a" and "b"'],
    [{ op: 'empty' }, 'an empty list'],
    [{ op: 'atMost', value: 100, unit: 'ms' }, 'at most 100 ms'],
    [{ op: 'atLeast', value: 59, unit: 'requests' }, 'at least 59 requests'],
    [
      { op: 'rateBelow', threshold: { num: 5, den: 100 }, confidence: 0.95, minSamples: 10 },
      'a failure rate below 5.0 % at 95 % confidence, on at least 59 samples',
    ],
  ])('describes %j as %s', (criterion, text) => {
    expect(describeCriterion(criterion)).toBe(text);
  });

  it('shortens a long value and counts its characters', () => {
    expect(describeValue('x'.repeat(1000))).toBe(`"${'x'.repeat(159)}… (1002 characters)`);
  });
});
