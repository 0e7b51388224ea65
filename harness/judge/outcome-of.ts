import type { CheckFacts, Shortfall } from '../evidence/facts.ts';
import type { Outcome } from '../plan/outcome.ts';
import type { PlannedCheck } from '../plan/plan.ts';
import { type Judgement, judgeCriterion } from './criteria.ts';
import type { Finding } from './result.ts';

/** Why nobody knows what a check would have said. */
export type Gap = 'deselected' | 'not-delivered' | 'interrupted' | 'missing-capability' | 'too-few-samples';

/** What a check's own facts say, before the outcomes of the checks it needs are looked at. */
export interface OwnOutcome {
  outcome: Outcome;
  explanation: string;
  findings: readonly Finding[];
  shortfall?: Shortfall;
  /** Present for `unmeasured`. */
  gap?: Gap;
}

/** The outcome of a check by its own facts alone; a blocked check's root is not looked for. */
export function outcomeOf(check: PlannedCheck, facts: CheckFacts | undefined): Outcome {
  return judgeFacts(check, facts).outcome;
}

/**
 * Judges one check by its own facts. `pass` needs facts without a shortfall, and every declared expectation observed
 * and met.
 */
export function judgeFacts(check: PlannedCheck, facts: CheckFacts | undefined): OwnOutcome {
  if (check.deselected !== undefined) {
    const shortfall: Shortfall = { kind: 'deselected', message: check.deselected };
    const explanation = `Not looked at: ${check.deselected}.`;
    return { outcome: 'unmeasured', gap: 'deselected', explanation, shortfall, findings: [] };
  }
  if (!facts) {
    const explanation = 'No result was delivered for this check.';
    return { outcome: 'unmeasured', gap: 'not-delivered', explanation, findings: [] };
  }
  const judged = Object.entries(check.expects)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, criterion]) => {
      const observed = Object.hasOwn(facts.observed, name) ? facts.observed[name] : undefined;
      const { judgement, explanation } = judgeCriterion(criterion, observed);
      const finding: Finding = {
        name,
        criterion,
        ...(observed === undefined ? {} : { observed }),
        met: judgement === 'met',
        explanation,
      };
      return { judgement, finding };
    });
  const findings = judged.map(({ finding }) => finding);
  if (facts.shortfall) return { ...byShortfall(facts.shortfall), findings, shortfall: facts.shortfall };
  const having = (judgement: Judgement): Finding[] =>
    judged.filter((each) => each.judgement === judgement).map(({ finding }) => finding);
  const told = (some: readonly Finding[]): string =>
    some.map(({ name, explanation }) => `${name}: ${explanation}`).join(' ');

  const notMet = having('not-met');
  if (notMet.length > 0) return { outcome: 'fail', explanation: told(notMet), findings };
  const unreadable = having('unreadable');
  if (unreadable.length > 0) return { outcome: 'error', explanation: told(unreadable), findings };
  const notProven = having('not-proven');
  if (notProven.length > 0) {
    return { outcome: 'unmeasured', gap: 'too-few-samples', explanation: told(notProven), findings };
  }
  if (findings.length === 0) {
    return { outcome: 'error', explanation: 'The check expects nothing and cannot pass.', findings };
  }
  const expectations =
    findings.length === 1 ? 'The expectation is' : `All ${findings.length} expectations are`;
  return { outcome: 'pass', explanation: `${expectations} met.`, findings };
}

function byShortfall({ kind, message }: Shortfall): Pick<OwnOutcome, 'outcome' | 'explanation' | 'gap'> {
  switch (kind) {
    case 'product-failure':
    case 'timeout':
      return { outcome: 'fail', explanation: message };
    case 'threw':
      return { outcome: 'error', explanation: message };
    case 'needs-not-met':
      return { outcome: 'blocked', explanation: message };
    case 'missing-capability':
    case 'interrupted':
    case 'deselected':
      return { outcome: 'unmeasured', explanation: message, gap: kind };
  }
}
