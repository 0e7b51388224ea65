import { minimumCleanSamples } from '../judge/binomial.ts';
import { judgeShare } from '../judge/conditions.ts';
import { formatShare } from '../judge/format.ts';
import type { AssessedCondition, Assessment } from './assessment.ts';
import type { AssessedConditionResult } from './assessment-result.ts';
import { needsNotMet, rowsOf } from './rows.ts';

/** Confidence for the proof of a rate, as in the policy of a run. */
const confidence = 0.95;

/**
 * Judges the conditions of the assessment by its own rows. A row fails if it or a row that it needs fails. A
 * condition without rows is not proven, regardless of what the assessment states.
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
    const minimum = minimumCleanSamples(threshold, confidence);
    const distance = `needs at least ${minimum} successful requests to prove a rate below ${formatShare(threshold)}; has no count of requests ("${current}")`;
    const has = { num: 0, den: minimum };
    return { has, needs: { num: minimum, den: minimum }, state: 'not-proven', distance };
  }
  const rows = counted ? rowsOf(assessment, counted) : [];
  if (rows.length === 0) {
    const distance = `needs all, has no rows to count ("${current}")`;
    return { ...nothing, state: 'not-proven', distance };
  }
  const measured = rows.filter(({ needs }) => needsNotMet(assessment, needs).length === 0);
  return judgeShare({
    comparator,
    threshold,
    total: rows.length,
    passing: rows.filter(({ mark }) => mark === 'ok').length,
    unknown: 0,
    allMeasured: measured.length === rows.length,
  });
}
