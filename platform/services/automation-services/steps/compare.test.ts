import { describe, expect, it } from 'vitest';
import { StepFailure } from '../../../kit/service/step-failure.ts';
import { compare } from './compare.ts';

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
    ['12345678901234567890', 'equals', '12345678901234567891', false],
    ['12345678901234567890', 'less_than', '12345678901234567891', true],
    ['01234', 'equals', '1234', false],
    ['1e3', 'equals', '1000', false],
    ['1.0', 'equals', '1', false],
    [' 1', 'not_equals', '1', true],
    [['01234'], 'contains', '1234', false],
    [['1234'], 'not_contains', '1e3', true],
    [1000, 'equals', '1e3', true],
    [0.1, 'equals', '0.10', true],
    ['9007199254740993', 'equals', 9007199254740992, false],
    [-0, 'equals', 0, true],
    ['0', 'equals', '', false],
    ['', 'equals', 0, false],
    [1e21, 'equals', '1000000000000000000000', true],
    ['-2', 'greater_than', '-10', true],
    ['-0.5', 'less_than', 0, true],
    ['0.10', 'greater_or_equal', '0.1', true],
    ['1e999999999', 'greater_than', '9', true],
    ['0.001', 'less_than', '0.01', true],
    [true, 'equals', 'true', true],
    ['false', 'equals', false, true],
    [true, 'equals', 1, false],
    ['True', 'equals', true, false],
    [null, 'equals', 'null', false],
    [null, 'equals', false, false],
    ['2024-02-29T10:00:00+01:00', 'less_than', '2024-02-29T09:30:00Z', true],
    ['2024-02-29T09:00:00Z', 'greater_or_equal', '2024-02-29T09:00:00.000Z', true],
    ['2024-02-29T10:00:00+01:00', 'equals', '2024-02-29T09:00:00Z', false],
    ['2024-02-29', 'less_than', '2024-03-01T00:00:00Z', true],
    ['2024-02-29', 'less_than', '2024-03', true],
  ] as const)('of %j %s %j is %s', (left, operator, right, expected) => {
    expect(compare(left, operator, right)).toBe(expected);
  });

  it.each([
    ['a', 'greater_than', 1],
    [true, 'greater_than', false],
    ['2024-02-29', 'less_than', 2025],
    [null, 'less_or_equal', 0],
    [{}, 'less_than', []],
    [5, 'contains', 5],
  ] as const)('of %j %s %j is rejected', (left, operator, right) => {
    expect(() => compare(left, operator, right)).toThrow(StepFailure);
  });
});
