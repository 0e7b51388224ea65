import { canonicalJson, sameJson } from '../plan/canonical-json.ts';
import { type Criterion, FailureCount } from '../plan/criterion.ts';
import { minimumCleanSamples, supportsRateBelow } from './binomial.ts';
import { describeCriterion, describeValue } from './describe-criterion.ts';
import { formatConfidence, formatShare } from './format.ts';

type RateCriterion = Extract<Criterion, { op: 'rateBelow' }>;

/**
 * How an observation compares with its criterion. `not-proven`: measured on too few samples.
 * `unreadable`: the harness delivered no observation, or one that it cannot have measured.
 */
export type Judgement = 'met' | 'not-met' | 'not-proven' | 'unreadable';

export interface Judged {
  judgement: Judgement;
  /** One sentence with the observed and the expected value. */
  explanation: string;
}

/** Judges one observed value; `undefined` means that nothing was observed. Never throws on a frozen plan. */
export function judgeCriterion(criterion: Criterion, observed: unknown): Judged {
  if (observed === undefined) return { judgement: 'unreadable', explanation: 'Nothing was observed.' };
  if (criterion.op === 'rateBelow') return judgeRate(criterion, observed);
  const missing = criterion.op === 'includes' ? missingValues(criterion.values, observed) : [];
  const detail = missing.length === 0 ? '' : `; missing ${missing.map(describeValue).join(', ')}`;
  const ofMeasurement = 'of' in criterion && criterion.of === 'measurement';
  return {
    judgement: satisfies(criterion, observed) ? 'met' : ofMeasurement ? 'not-proven' : 'not-met',
    explanation: `Observed ${describeValue(observed)}; expected ${describeCriterion(criterion)}${detail}.`,
  };
}

function satisfies(criterion: Exclude<Criterion, RateCriterion>, observed: unknown): boolean {
  switch (criterion.op) {
    case 'equals':
      return sameJson(observed, criterion.value);
    case 'oneOf':
      return criterion.values.some((value) => sameJson(observed, value));
    case 'matches':
      return typeof observed === 'string' && new RegExp(criterion.pattern).test(observed);
    case 'includes':
      return missingValues(criterion.values, observed).length === 0;
    case 'empty':
      return Array.isArray(observed) && observed.length === 0;
    case 'atMost':
      return typeof observed === 'number' && observed <= criterion.value;
    case 'atLeast':
      return typeof observed === 'number' && observed >= criterion.value;
  }
}

function missingValues(values: readonly unknown[], observed: unknown): unknown[] {
  if (Array.isArray(observed)) {
    const present = new Set(observed.map(canonicalJson));
    return values.filter((value) => !present.has(canonicalJson(value)));
  }
  return values.filter((value) => {
    return !(typeof observed === 'string' && typeof value === 'string' && observed.includes(value));
  });
}

function judgeRate(criterion: RateCriterion, observed: unknown): Judged {
  const counts = FailureCount.safeParse(observed);
  if (!counts.success || counts.data.failed > counts.data.total) {
    return {
      judgement: 'unreadable',
      explanation: `Observed ${describeValue(observed)}; expected {failed, total} as whole numbers.`,
    };
  }
  const { failed, total } = counts.data;
  const { threshold, confidence, minSamples } = criterion;
  const limit = formatShare(threshold);
  const seen = `${failed} of ${total} failed`;
  const proof = `a rate below ${limit} at ${formatConfidence(confidence)} confidence`;
  if (total >= minSamples && supportsRateBelow({ failed, total, threshold, confidence })) {
    return { judgement: 'met', explanation: `${seen}, which proves ${proof}.` };
  }
  // Missing samples count as successes: only a rate that stays above the limit even then is a failure.
  const counted = Math.max(total, minSamples);
  if (failed * threshold.den >= threshold.num * counted) {
    const assumed = total < minSamples ? ` even if the other ${minSamples - total} samples succeed` : '';
    return {
      judgement: 'not-met',
      explanation: `${seen}, ${formatShare({ num: failed, den: counted })}${assumed}; expected below ${limit}.`,
    };
  }
  const minimum = Math.max(minSamples, minimumCleanSamples(threshold, confidence));
  return {
    judgement: 'not-proven',
    explanation: `${seen}, too few samples to prove ${proof}. At least ${minimum} are needed, all successful.`,
  };
}
