import { sameJson } from '../plan/canonical-json.ts';
import { type Criterion, FailureCount } from '../plan/criterion.ts';
import { leastCleanSamples, supportsRateBelow } from './binomial.ts';
import { formatShare } from './format.ts';

/**
 * What one observation says about its criterion. `not-proven`: it was measured, but on too little.
 * `unreadable`: the harness delivered no observation, or one it cannot have measured.
 */
export type Judgement = 'met' | 'not-met' | 'not-proven' | 'unreadable';

export interface Judged {
  judgement: Judgement;
  /** One sentence with the observed and the expected value. */
  explanation: string;
}

/** Judges one observed value; `undefined` means that nothing was observed. Never throws on a frozen plan. */
export function judgeCriterion(criterion: Criterion, observed: unknown): Judged {
  if (observed === undefined)
    return { judgement: 'unreadable', explanation: 'Nothing was observed under this name.' };
  switch (criterion.op) {
    case 'equals':
      return decide(sameJson(observed, criterion.value), observed, `equal to ${show(criterion.value)}`);
    case 'oneOf':
      return decide(
        criterion.values.some((value) => sameJson(observed, value)),
        observed,
        `one of ${criterion.values.map(show).join(', ')}`,
      );
    case 'matches':
      return decide(
        typeof observed === 'string' && new RegExp(criterion.pattern).test(observed),
        observed,
        `text that matches /${criterion.pattern}/`,
      );
    case 'includes':
      return judgeIncludes(criterion.values, observed);
    case 'empty':
      return decide(Array.isArray(observed) && observed.length === 0, observed, 'an empty list');
    case 'atMost':
      return decide(
        typeof observed === 'number' && observed <= criterion.value,
        observed,
        `at most ${criterion.value} ${criterion.unit}`,
      );
    case 'atLeast':
      return decide(
        typeof observed === 'number' && observed >= criterion.value,
        observed,
        `at least ${criterion.value} ${criterion.unit}`,
      );
    case 'rateBelow':
      return judgeRate(criterion, observed);
  }
}

function judgeIncludes(values: readonly unknown[], observed: unknown): Judged {
  const has = (value: unknown): boolean => {
    if (Array.isArray(observed)) return observed.some((element) => sameJson(element, value));
    return typeof observed === 'string' && typeof value === 'string' && observed.includes(value);
  };
  const missing = values.filter((value) => !has(value));
  const wanted = `something that includes ${values.map(show).join(', ')}`;
  if (missing.length === 0) return decide(true, observed, wanted);
  return {
    judgement: 'not-met',
    explanation: `Observed ${show(observed)}; expected ${wanted}; missing ${missing.map(show).join(', ')}.`,
  };
}

function judgeRate(criterion: Extract<Criterion, { op: 'rateBelow' }>, observed: unknown): Judged {
  const counts = FailureCount.safeParse(observed);
  if (!counts.success || counts.data.failed > counts.data.total) {
    return {
      judgement: 'unreadable',
      explanation: `Observed ${show(observed)}; expected {failed, total} with whole numbers.`,
    };
  }
  const { failed, total } = counts.data;
  const { threshold, confidence, minSamples } = criterion;
  const limit = formatShare(threshold);
  const seen = `${failed} of ${total} failed`;
  const percent = `${Math.round(confidence * 1000) / 10} %`;
  if (total >= minSamples && supportsRateBelow({ failed, total, threshold, confidence })) {
    return {
      judgement: 'met',
      explanation: `${seen}: supports a rate below ${limit} at ${percent} confidence.`,
    };
  }
  // With fewer samples than the least number, the rest is granted as successes: only what cannot be
  // below the limit even then is a failure.
  const counted = Math.max(total, minSamples);
  if (failed * threshold.den >= threshold.num * counted) {
    const granted = total < minSamples ? ` even if the rest of ${minSamples} had succeeded` : '';
    return {
      judgement: 'not-met',
      explanation: `${seen}: ${formatShare({ num: failed, den: counted })}${granted}; expected below ${limit}.`,
    };
  }
  const least = Math.max(minSamples, leastCleanSamples(threshold, confidence));
  return {
    judgement: 'not-proven',
    explanation: `${seen}: too few samples to show a rate below ${limit} at ${percent} confidence (with no failure, at least ${least} are needed).`,
  };
}

function decide(met: boolean, observed: unknown, wanted: string): Judged {
  return {
    judgement: met ? 'met' : 'not-met',
    explanation: `Observed ${show(observed)}; expected ${wanted}.`,
  };
}

/** A value in a sentence: compact JSON, cut where it would fill the page; evidence has the whole. */
function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= 240 ? text : `${text.slice(0, 240)}… (${text.length} characters)`;
}
