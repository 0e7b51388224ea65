import { describe, expect, it } from 'vitest';
import type { Criterion } from '../../plan/criterion.ts';
import { criterionInWords, valueInWords } from './criterion-in-words.ts';

describe('criterionInWords', () => {
  it.each<[Criterion, string]>([
    [{ op: 'equals', value: 'ready' }, '"ready"'],
    [{ op: 'oneOf', values: [200, 201, 204] }, 'one of 200, 201 or 204'],
    [{ op: 'oneOf', values: [200] }, '200'],
    [{ op: 'matches', pattern: '^16\\.' }, 'text that matches /^16\\./'],
    [{ op: 'includes', values: ['a', 'b'] }, 'something that includes "a" and "b"'],
    [{ op: 'empty' }, 'an empty list'],
    [{ op: 'atMost', value: 100, unit: 'ms' }, 'at most 100 ms'],
    [{ op: 'atLeast', value: 59, unit: 'requests' }, 'at least 59 requests'],
    [
      { op: 'rateBelow', threshold: { num: 5, den: 100 }, confidence: 0.95, minSamples: 10 },
      'a failure rate shown to be below 5.0 % with 95 % confidence, on at least 59 samples',
    ],
  ])('%j reads as %s', (criterion, words) => {
    expect(criterionInWords(criterion)).toBe(words);
  });

  it('cuts a value that would fill the page', () => {
    expect(valueInWords('x'.repeat(1000))).toHaveLength(161);
  });
});
