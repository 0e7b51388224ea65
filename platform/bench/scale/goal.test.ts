import { describe, expect, it, test } from 'vitest';
import { describeGoal, type Goal, joinJudgements, judgeGoal, type SizeFigures } from './goal.ts';

const figures: readonly SizeFigures[] = [
  { size: 1_000, ours: 4, floor: 2 },
  { size: 100_000, ours: 10, floor: 5 },
];
const other = (row: string, size: number) => (row === 'unsorted' && size === 100_000 ? 20 : undefined);

test.each<[Goal, string]>([
  [{ kind: 'of-floor', times: 2 }, 'reached'],
  [{ kind: 'of-floor', times: 1.9 }, 'missed'],
  [{ kind: 'of-row', row: 'unsorted', times: 0.5 }, 'reached'],
  [{ kind: 'of-row', row: 'unsorted', times: 0.4 }, 'missed'],
  [{ kind: 'of-row', row: 'absent', times: 2 }, 'unknown'],
  [{ kind: 'at-most', value: 10 }, 'reached'],
  [{ kind: 'at-most', value: 9 }, 'missed'],
  [{ kind: 'flat', times: 2.5 }, 'reached'],
  [{ kind: 'flat', times: 2 }, 'missed'],
])('judges %j at the largest size: %s', (goal, expected) => {
  expect(judgeGoal(goal, figures, other)).toBe(expected);
});

describe('judgeGoal', () => {
  it('knows nothing when the largest size was not measured', () => {
    const unmeasured = [figures[0] as SizeFigures, { size: 100_000, ours: undefined, floor: 5 }];
    expect(judgeGoal({ kind: 'at-most', value: 10 }, unmeasured, other)).toBe('unknown');
  });

  it('cannot reach a goal with a lower bound, but can miss it', () => {
    const bound = [{ size: 100_000, ours: 10, floor: 5, isLowerBound: true }];
    expect(judgeGoal({ kind: 'at-most', value: 10 }, bound, other)).toBe('unknown');
    expect(judgeGoal({ kind: 'at-most', value: 9 }, bound, other)).toBe('missed');
  });

  it('sees no growth in a single size', () => {
    expect(judgeGoal({ kind: 'flat', times: 2 }, figures.slice(1), other)).toBe('unknown');
  });
});

test('a row reaches its goals only when each of them is reached', () => {
  expect(joinJudgements(['reached', 'reached'])).toBe('reached');
  expect(joinJudgements(['reached', 'unknown'])).toBe('unknown');
  expect(joinJudgements(['unknown', 'missed'])).toBe('missed');
  expect(joinJudgements([])).toBe('unknown');
});

test('a goal is described with the unit of its row', () => {
  expect(describeGoal({ kind: 'at-most', value: 5 }, 'ms')).toBe('≤ 5 ms');
  expect(describeGoal({ kind: 'of-row', row: 'list-all', times: 2 }, 'ms')).toBe('≤ 2 × list-all');
});
