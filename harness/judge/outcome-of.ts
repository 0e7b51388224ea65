import type { CheckFacts, Shortfall } from '../evidence/facts.ts';
import type { Outcome } from '../plan/outcome.ts';
import type { PlannedCheck } from '../plan/plan.ts';
import { type Judgement, judgeCriterion } from './criteria.ts';
import type { Finding } from './result.ts';

/** Why a check is unmeasured. */
export type Gap = 'deselected' | 'not-delivered' | 'interrupted' | 'missing-capability' | 'too-few-samples';

/** The outcome of a check by its own facts, without the outcomes of the checks it needs. */
export interface OwnOutcome {
  outcome: Outcome;
  explanation: string;
  findings: readonly Finding[];
  shortfall?: Shortfall;
  /** Present for `unmeasured`. */
  gap?: Gap;
}

/** The outcome of a check by its own facts alone. The root of a blocked check is not resolved. */
export function outcomeOf(check: PlannedCheck, facts: CheckFacts | undefined): Outcome {
  return judgeFacts(check, facts).outcome;
}

/**
 * Judges one check by its own facts. `pass` requires facts without a shortfall, and every declared expectation
 * observed and met.
 */
export function judgeFacts(check: PlannedCheck, facts: CheckFacts | undefined): OwnOutcome {
  if (check.deselected !== undefined) {
    const shortfall: Shortfall = { kind: 'deselected', message: check.deselected };
    const explanation = `Not measured: ${check.deselected}.`;
    return { outcome: 'unmeasured', gap: 'deselected', explanation, shortfall, findings: [] };
  }
  if (!facts) {
    const explanation = 'The check delivered no result.';
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
  const explain = (judgement: Judgement): string =>
    judged
      .filter((each) => each.judgement === judgement)
      .map(({ finding: { name, explanation } }) => `${name}: ${explanation}`)
      .join(' ');

  const notMet = explain('not-met');
  if (notMet) return { outcome: 'fail', explanation: notMet, findings };
  const unreadable = explain('unreadable');
  if (unreadable) return { outcome: 'error', explanation: unreadable, findings };
  const notProven = explain('not-proven');
  if (notProven) return { outcome: 'unmeasured', gap: 'too-few-samples', explanation: notProven, findings };
  if (findings.length === 0)
    return { outcome: 'error', explanation: 'The check expects nothing and cannot pass.', findings };
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
