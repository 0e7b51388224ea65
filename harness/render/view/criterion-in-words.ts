import { leastCleanSamples } from '../../judge/binomial.ts';
import { formatShare } from '../../judge/format.ts';
import type { Criterion } from '../../plan/criterion.ts';

/** What a criterion asks of the observed value, as the end of "… must be": `at most 100 ms`. */
export function criterionInWords(criterion: Criterion): string {
  switch (criterion.op) {
    case 'equals':
      return valueInWords(criterion.value);
    case 'oneOf':
      return criterion.values.length === 1
        ? valueInWords(criterion.values[0])
        : `one of ${listInWords(criterion.values, 'or')}`;
    case 'matches':
      return `text that matches /${criterion.pattern}/`;
    case 'includes':
      return `something that includes ${listInWords(criterion.values, 'and')}`;
    case 'empty':
      return 'an empty list';
    case 'atMost':
      return `at most ${criterion.value} ${criterion.unit}`;
    case 'atLeast':
      return `at least ${criterion.value} ${criterion.unit}`;
    case 'rateBelow': {
      const { threshold, confidence, minSamples } = criterion;
      const least = Math.max(minSamples, leastCleanSamples(threshold, confidence));
      return `a failure rate shown to be below ${formatShare(threshold)} with ${confidenceInWords(confidence)} confidence, on at least ${least} samples`;
    }
  }
}

/** A value in a sentence: compact JSON, cut where it would fill the page. */
export function valueInWords(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= 160 ? text : `${text.slice(0, 160)}…`;
}

function listInWords(values: readonly unknown[], joint: string): string {
  const words = values.map(valueInWords);
  const last = words.pop() ?? '';
  return words.length === 0 ? last : `${words.join(', ')} ${joint} ${last}`;
}

/** Whole percent where it is whole, else one decimal: 0.95 is `95 %`. */
function confidenceInWords(confidence: number): string {
  return `${Math.floor(confidence * 1000 + 1e-9) / 10} %`;
}
