/** A condition on the figures of a row. */
export type Goal =
  /** At the largest size: at most `times` the floor. */
  | { kind: 'of-floor'; times: number }
  /** At the largest size: at most `times` another row of the suite. */
  | { kind: 'of-row'; row: string; times: number }
  /** At the largest size: at most `value`, in the unit of the row. */
  | { kind: 'at-most'; value: number }
  /** From the smallest to the largest size: at most `times` as much. */
  | { kind: 'flat'; times: number };

/** `unknown`: a figure that the goal needs was not measured. */
export type Judgement = 'reached' | 'missed' | 'unknown';

/** Ours and the floor at one size, in the unit of the row. Undefined: not measured. */
export interface SizeFigures {
  size: number;
  ours: number | undefined;
  floor: number | undefined;
  /** Whether ours ended early, so that the true figure is larger. */
  isLowerBound?: boolean;
}

export function describeGoal(goal: Goal, unit: string): string {
  switch (goal.kind) {
    case 'of-floor':
      return `≤ ${goal.times} × floor`;
    case 'of-row':
      return `≤ ${goal.times} × ${goal.row}`;
    case 'at-most':
      return `≤ ${goal.value} ${unit}`;
    case 'flat':
      return `flat (≤ ${goal.times} × the smallest)`;
  }
}

/** Judges one goal. @param otherAt the figure of another row at a size */
export function judgeGoal(
  goal: Goal,
  figures: readonly SizeFigures[],
  otherAt: (row: string, size: number) => number | undefined,
): Judgement {
  const last = figures.at(-1);
  if (last?.ours === undefined) return 'unknown';
  const limit = limitOf(goal, figures, last, otherAt);
  if (limit === undefined) return 'unknown';
  if (last.ours > limit) return 'missed';
  return last.isLowerBound ? 'unknown' : 'reached';
}

function limitOf(
  goal: Goal,
  figures: readonly SizeFigures[],
  last: SizeFigures,
  otherAt: (row: string, size: number) => number | undefined,
): number | undefined {
  const times = (value: number | undefined, factor: number) => value && value * factor;
  switch (goal.kind) {
    case 'of-floor':
      return times(last.floor, goal.times);
    case 'of-row':
      return times(otherAt(goal.row, last.size), goal.times);
    case 'at-most':
      return goal.value;
    case 'flat':
      // One size shows no growth.
      return figures.length < 2 ? undefined : times(figures[0]?.ours, goal.times);
  }
}

/** The judgement of all goals of a row: missed if one is, reached if all are. */
export function joinJudgements(judgements: readonly Judgement[]): Judgement {
  if (judgements.includes('missed')) return 'missed';
  return judgements.length === 0 || judgements.includes('unknown') ? 'unknown' : 'reached';
}
