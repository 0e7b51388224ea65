import type { CheckFacts } from '../../../evidence/facts.ts';
import type { Break } from '../../../faults/break.ts';
import { judgeCriterion } from '../../../judge/criteria.ts';
import { judgeFacts } from '../../../judge/outcome-of.ts';
import type { PlannedCheck } from '../../../plan/plan.ts';
import type { ProofResult } from './proof.ts';

/** Why a check stated that it failed instead of observing: the product's failure. */
const stated = new Set(['product-failure', 'timeout']);

/**
 * Judges one run of a check for its proof.
 * @param options.exited nodes that have exited without a restart
 */
export function judgeProof(options: {
  check: PlannedCheck;
  facts: CheckFacts;
  defect?: Break | undefined;
  exited: readonly string[];
}): Pick<ProofResult, 'state' | 'seen'> {
  const { check, facts, defect, exited } = options;
  const { outcome, explanation, shortfall } = judgeFacts(check, facts);
  const gone = exited.find((node) => check.staysUp?.includes(node));
  if (shortfall?.kind === 'missing-capability')
    return { state: 'unproven', seen: [explanation, shortfall.hint].join(' ').trim() };
  if (outcome !== 'pass' && outcome !== 'fail')
    return { state: 'harness-failure', seen: `${outcome}: ${explanation}` };
  const isStated = outcome === 'fail' ? stated.has(shortfall?.kind ?? '') : gone !== undefined;
  const seen = outcome === 'pass' && gone !== undefined ? `${gone} has exited.` : explanation;
  if (outcome === 'pass' && gone === undefined)
    return { state: defect ? 'green-under-break' : 'green', seen };
  if (!defect) return { state: 'red-without-break', seen };
  return { state: isAsDeclared(defect, { check, facts, isStated }) ? 'red' : 'other-failure', seen };
}

function isAsDeclared(
  { violates }: Break,
  { check, facts, isStated }: { check: PlannedCheck; facts: CheckFacts; isStated: boolean },
): boolean {
  if (violates.length === 0) return isStated;
  return (
    !isStated &&
    violates.every((name) => {
      const criterion = check.expects[name];
      return (
        criterion !== undefined && judgeCriterion(criterion, facts.observed[name]).judgement === 'not-met'
      );
    })
  );
}
