import type { Criterion } from '../plan/criterion.ts';
import type { Json } from './json.ts';

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
export const atMost = (value: number, unit: string): Criterion => ({ op: 'atMost', value, unit });
export const atLeast = (value: number, unit: string): Criterion => ({ op: 'atLeast', value, unit });
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
