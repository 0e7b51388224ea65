import { conditionReasons } from '../judge/conditions.ts';
import type { Verdict } from '../judge/result.ts';
import { judgeAssessedConditions } from './assessed-conditions.ts';
import type { AssessedConditionResult, AssessmentResult } from './assessment-result.ts';
import { findContradictions } from './contradictions/find-contradictions.ts';
import { readAssessment } from './read-assessment.ts';
import { recountedTotal, statedTotal } from './weighted-total.ts';

/**
 * Judges a written assessment by its own figures: the stated total, the total counted again from its rows, the
 * conditions for GO, and its contradictions. Pure; the input may be unvalidated JSON.
 * @throws ReadinessError `assessment-invalid` (exit code 2).
 */
export function judgeAssessment(input: unknown): AssessmentResult {
  const assessment = readAssessment(input);
  const conditions = judgeAssessedConditions(assessment);
  const contradictions = findContradictions(assessment);
  const { title, date, source } = assessment;
  return {
    schema: 'readiness.assessment-result/1',
    title,
    date,
    source,
    verdict: decideAssessment(conditions, contradictions.length),
    stated: statedTotal(assessment),
    recounted: recountedTotal(assessment),
    conditions,
    contradictions,
  };
}

/** Only a run with evidence can prove a condition. The best verdict for a document is "not proven". */
function decideAssessment(conditions: readonly AssessedConditionResult[], contradictions: number): Verdict {
  const violated = conditionReasons(conditions, 'violated');
  return {
    decision: 'NO-GO',
    basis: violated.length > 0 ? 'violated' : 'not-proven',
    decidedBy: [
      ...violated,
      ...conditionReasons(conditions, 'not-proven'),
      ...(contradictions === 0
        ? []
        : [`The document contradicts itself ${contradictions === 1 ? 'once' : `${contradictions} times`}.`]),
      'A document contains statements but no evidence, so it cannot be GO.',
    ],
  };
}
