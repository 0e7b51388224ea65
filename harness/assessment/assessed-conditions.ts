import { leastCleanSamples } from '../judge/binomial.ts';
import { judgeShare } from '../judge/conditions.ts';
import { formatShare } from '../judge/format.ts';
import type { AssessedCondition, Assessment } from './assessment.ts';
import type { AssessedConditionResult } from './assessment-result.ts';
import { needsNotMet, rowsOf } from './rows.ts';

/** Confidence at which a rate has to be shown, as in the policy of a run. */
const confidence = 0.95;

/**
 * Holds the document's conditions against its own rows. A row that fails, or whose needs fail, fails; a
 * condition for which the document has no rows is not proven, whatever it states.
 */
export function judgeAssessedConditions(assessment: Assessment): AssessedConditionResult[] {
  return assessment.conditions.map((condition) => {
    const { id, title, words, place, current } = condition;
    return { id, title, source: words, place, current, ...standing(assessment, condition) };
  });
}

function standing(
  assessment: Assessment,
  { comparator, threshold, counted, current }: AssessedCondition,
): Pick<AssessedConditionResult, 'state' | 'has' | 'needs' | 'distance'> {
  const nothing = { has: { num: 0, den: 1 }, needs: { num: 1, den: 1 } };
  if (comparator === '<') {
    const least = leastCleanSamples(threshold, confidence);
    const distance = `needs at least ${least} requests, none failed, for a rate below ${formatShare(threshold)}; has no count of requests ("${current}")`;
    return { has: { num: 0, den: least }, needs: { num: least, den: least }, state: 'not-proven', distance };
  }
  const rows = counted ? rowsOf(assessment, counted) : [];
  if (rows.length === 0) {
    const distance = `needs all, has none counted ("${current}")`;
    return { ...nothing, state: 'not-proven', distance };
  }
  const looked = rows.filter(({ needs }) => needsNotMet(assessment, needs).length === 0);
  return judgeShare({
    comparator,
    threshold,
    total: rows.length,
    passing: rows.filter(({ mark }) => mark === 'ok').length,
    unknown: 0,
    allMeasured: looked.length === rows.length,
  });
}
