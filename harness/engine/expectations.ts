import type { Criterion } from '../plan/criterion.ts';
import type { Json } from './check.ts';

export const equals = (value: Json): Criterion => ({ op: 'equals', value });
export const oneOf = (...values: Json[]): Criterion => ({ op: 'oneOf', values });
export const matches = (pattern: RegExp): Criterion => ({ op: 'matches', pattern: pattern.source });
export const includes = (...values: Json[]): Criterion => ({ op: 'includes', values });
/** The observed list is empty; observe a list of what went wrong. */
export const empty = (): Criterion => ({ op: 'empty' });
export const atMost = (value: number, unit: string): Criterion => ({ op: 'atMost', value, unit });
export const atLeast = (value: number, unit: string): Criterion => ({ op: 'atLeast', value, unit });
/** Observe `{failed, total}`; `percent` is a whole number of percent. Least sample size at 95 %: 59 for 5 %. */
export const rateBelow = (percent: number, minSamples: number): Criterion => ({
  op: 'rateBelow',
  threshold: { num: percent, den: 100 },
  confidence: 0.95,
  minSamples,
});
