import { describe, expect, it } from 'vitest';
import type { StatedValue } from './assessment.ts';
import { valuesAgree } from './stated-value.ts';

const share = (percent: string): StatedValue => ({ kind: 'share', percent });
const count = (num: number, den: number): StatedValue => ({ kind: 'count', num, den });
const exactly = (value: string, unit: string): StatedValue => ({
  kind: 'quantity',
  relation: 'exactly',
  value,
  unit,
});
const below = (value: string, unit: string): StatedValue => ({
  kind: 'quantity',
  relation: 'below',
  value,
  unit,
});

describe('two statements about one fact', () => {
  it.each<[StatedValue, StatedValue, boolean]>([
    [share('12.5'), count(1, 8), true],
    [share('43'), count(3, 7), true],
    [share('43'), count(4, 7), false],
    [share('42.9'), count(3, 7), true],
    [share('23'), share('28.65'), false],
    [share('29'), share('28.65'), true],
    [share('0.1'), share('0.10'), true],
    [count(1, 9), count(2, 18), true],
    [count(1, 9), count(1, 10), false],
    [below('100', 'ms'), exactly('83', 'ms'), true],
    [exactly('100', 'ms'), below('100', 'ms'), false],
    [below('100', 'ms'), below('50', 'ms'), true],
    [exactly('5', 'tables'), exactly('5.0', 'tables'), true],
    [exactly('5', 's'), exactly('5', 'ms'), false],
    [{ kind: 'names', names: ['a', 'b'] }, { kind: 'names', names: ['b', 'a'] }, true],
    [{ kind: 'state', is: 'down' }, { kind: 'state', is: 'up' }, false],
    [{ kind: 'state', is: '12.5' }, share('12.5'), false],
  ])('%j and %j agree: %s', (left, right, agree) => {
    expect(valuesAgree(left, right)).toBe(agree);
    expect(valuesAgree(right, left)).toBe(agree);
  });
});
