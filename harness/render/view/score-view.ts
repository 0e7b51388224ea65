import { formatBasisPoints, formatShare } from '../../judge/format.ts';
import type { Result } from '../../judge/result.ts';
import type { Ratio } from '../../plan/criterion.ts';
import { fraction, scoreArithmetic, weightedPoints } from './figures.ts';

/** The total score and the rows of its table. Widths of bars are thousandths. */
export function scoreView(result: Result) {
  const { proven, possible, coverage } = result.score;
  return {
    proven: formatBasisPoints(proven),
    possible: formatBasisPoints(possible),
    measured: formatBasisPoints(coverage),
    ...barOf({ num: proven, den: 10_000 }, { num: possible, den: 10_000 }),
    arithmetic: scoreArithmetic(result),
    categories: result.categories.map((category) => ({
      title: category.title,
      weight: `${category.weight} %`,
      share: fraction(category.proven),
      proven: formatShare(category.proven),
      possible: formatShare(category.possible),
      measured: formatShare(category.coverage),
      points: weightedPoints(category),
      ...barOf(category.proven, category.possible),
      notApplicable: category.counts.notApplicable,
    })),
  };
}

function barOf(proven: Ratio, possible: Ratio): { provenWidth: number; openWidth: number } {
  const provenWidth = Math.floor((proven.num * 1000) / proven.den);
  const possibleWidth = Math.floor((possible.num * 1000) / possible.den);
  return { provenWidth, openWidth: Math.max(0, possibleWidth - provenWidth) };
}
