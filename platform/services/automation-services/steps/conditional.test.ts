import { describe, expect, it } from 'vitest';
import { StepFailure } from '../../../kit/service/step-failure.ts';
import { compare } from './conditional.ts';

describe('a comparison', () => {
  it.each([
    [5, 'equals', '5', true],
    ['a', 'equals', 'A', false],
    [{ a: [1] }, 'equals', { a: [1] }, true],
    [null, 'not_equals', 0, true],
    ['10', 'greater_than', '9', true],
    ['b', 'greater_than', 'a', true],
    [3, 'less_or_equal', 3, true],
    ['abc', 'contains', 'b', true],
    [[1, 2], 'contains', '2', true],
    [null, 'contains', 'x', false],
    ['list.csv', 'ends_with', '.csv', true],
    [7, 'starts_with', '7', false],
    ['', 'exists', undefined, false],
    [0, 'exists', undefined, true],
    [null, 'not_exists', undefined, true],
  ] as const)('of %j %s %j is %s', (left, operator, right, expected) => {
    expect(compare(left, operator, right)).toBe(expected);
  });

  it.each([
    ['a', 'greater_than', 1],
    [{}, 'less_than', []],
    [5, 'contains', 5],
  ] as const)('of %j %s %j is rejected', (left, operator, right) => {
    expect(() => compare(left, operator, right)).toThrow(StepFailure);
  });
});
