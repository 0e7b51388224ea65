import type { Criterion } from '../plan/criterion.ts';
import { minimumCleanSamples } from './binomial.ts';
import { formatConfidence, formatShare } from './format.ts';

/** Maximum length of a value in a sentence, characters. The evidence has the full value. */
const maxValueLength = 160;

/** What a criterion requires of the observed value, as the end of "must be …": `at most 100 ms`. */
export function describeCriterion(criterion: Criterion): string {
  switch (criterion.op) {
    case 'equals':
      return describeValue(criterion.value);
    case 'oneOf':
      return criterion.values.length === 1
        ? describeValue(criterion.values[0])
        : `one of ${list(criterion.values, 'or')}`;
    case 'matches':
      return `text that matches /${criterion.pattern}/`;
    case 'includes':
      return `a value that includes ${list(criterion.values, 'and')}`;
    case 'empty':
      return 'an empty list';
    case 'atMost':
      return `at most ${criterion.value} ${criterion.unit}`;
    case 'atLeast':
      return `at least ${criterion.value} ${criterion.unit}`;
    case 'rateBelow': {
      const { threshold, confidence, minSamples } = criterion;
      const minimum = Math.max(minSamples, minimumCleanSamples(threshold, confidence));
      return `a failure rate below ${formatShare(threshold)} at ${formatConfidence(confidence)} confidence, on at least ${minimum} samples`;
    }
  }
}

/** A value in a sentence: compact JSON, shortened if it is long. */
export function describeValue(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= maxValueLength
    ? text
    : `${text.slice(0, maxValueLength)}… (${text.length} characters)`;
}

function list(values: readonly unknown[], conjunction: string): string {
  const texts = values.map(describeValue);
  const last = texts.pop() ?? '';
  return texts.length === 0 ? last : `${texts.join(', ')} ${conjunction} ${last}`;
}
