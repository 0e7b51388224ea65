import type { Criterion } from '../plan/criterion.ts';
import type { Json } from './json.ts';

type Bound = Extract<Criterion, { unit: string }>;

export const equals = (value: Json): Criterion => ({ op: 'equals', value });
export const oneOf = (...values: Json[]): Criterion => ({ op: 'oneOf', values });
/** @throws TypeError for a pattern with flags: the plan stores the source only, so the judge would ignore them. */
export const matches = (pattern: RegExp): Criterion => {
  if (pattern.flags !== '')
    throw new TypeError(`matches(${pattern}) has flags, which a plan cannot store. Write it without flags.`);
  return { op: 'matches', pattern: pattern.source };
};
export const includes = (...values: Json[]): Criterion => ({ op: 'includes', values });
/** The observed list is empty; observe a list of what went wrong. */
export const empty = (): Criterion => ({ op: 'empty' });
export const atMost = (value: number, unit: string): Bound => ({ op: 'atMost', value, unit });
export const atLeast = (value: number, unit: string): Bound => ({ op: 'atLeast', value, unit });
/** The criterion describes the harness's own measurement: if it is not met, the check is unmeasured, never failed. */
export const measurement = (criterion: Bound): Criterion => ({
  ...criterion,
  of: 'measurement',
});
/**
 * Observe `{failed, total}`.
 * @param percent whole number
 * @param minSamples minimum sample size; at 95 % confidence, 5 % need 59
 */
export const rateBelow = (percent: number, minSamples: number): Criterion => ({
  op: 'rateBelow',
  threshold: { num: percent, den: 100 },
  confidence: 0.95,
  minSamples,
});
