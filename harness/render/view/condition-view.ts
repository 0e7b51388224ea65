import type { CheckResult, ConditionResult, Result } from '../../judge/result.ts';
import { standingOf } from '../../judge/standing.ts';
import { countOf } from './figures.ts';
import { formatConditionState } from './format-outcome.ts';
import { conditionTone } from './tone.ts';

/** The rows of the table of conditions. */
export function conditionViews({ conditions, checks }: Result) {
  return conditions.map((condition) => ({
    id: condition.id,
    title: condition.title,
    source: condition.source,
    state: formatConditionState(condition.state),
    tone: conditionTone(condition.state),
    ...distanceOf(condition, checks),
    missing: condition.missing,
  }));
}

/** A condition without checks has no share to show. */
function distanceOf(
  condition: ConditionResult,
  checks: readonly CheckResult[],
): { needs: string; has: string; unknown: string } {
  const feeding = checks.filter(({ conditions }) => conditions.includes(condition.id));
  if (feeding.length === 0) return { needs: 'all', has: 'none', unknown: 'no checks' };
  const unknown = feeding.filter((check) => standingOf(check) === 'unknown').length;
  return {
    needs: countOf(condition.needs),
    has: countOf(condition.has),
    unknown: unknown > 0 ? `${unknown} unknown` : '',
  };
}
