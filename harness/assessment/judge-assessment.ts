import type { Verdict } from '../judge/result.ts';
import { judgeAssessedConditions } from './assessed-conditions.ts';
import type { AssessedConditionResult, AssessmentResult } from './assessment-result.ts';
import { findContradictions } from './contradictions/find-contradictions.ts';
import { readAssessment } from './read-assessment.ts';
import { recountedTotal, statedTotal } from './weighted-total.ts';

/**
 * Judges a written assessment by its own figures: its total, its total counted again from its own rows, the
 * conditions for GO, and everything in it that cannot all be true. Pure; the input may come from a file.
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

/** A document states; only a run with its evidence can prove. So the best it can give is "not proven". */
function decideAssessment(conditions: readonly AssessedConditionResult[], contradictions: number): Verdict {
  const those = (state: AssessedConditionResult['state'], words: string): string[] =>
    conditions
      .filter((condition) => condition.state === state)
      .map(({ title, distance }) => `${title} ${words}: ${distance}.`);
  const violated = those('violated', 'is violated');
  return {
    decision: 'NO-GO',
    basis: violated.length > 0 ? 'violated' : 'not-proven',
    decidedBy: [
      ...violated,
      ...those('not-proven', 'is not proven'),
      ...(contradictions === 0
        ? []
        : [`The document contradicts itself ${contradictions === 1 ? 'once' : `${contradictions} times`}.`]),
      'A document holds statements and no evidence; it cannot give GO.',
    ],
  };
}
