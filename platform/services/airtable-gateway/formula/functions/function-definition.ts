import type { Evaluation } from '../evaluation.ts';
import type { Expression } from '../expression.ts';
import type { Value } from '../value.ts';

export type Thunk = () => Value;

interface Signature {
  name: string;
  /** Fewest and most arguments. */
  arity: readonly [number, number];
  /** Library that has to be loaded before the function can run. */
  needs?: 'moment' | 'regex';
}

export interface EagerFunction extends Signature {
  apply(args: readonly Value[], evaluation: Evaluation): Value;
}

/** Decides itself which arguments are evaluated. */
export interface LazyFunction extends Signature {
  applyLazily(args: readonly Thunk[], evaluation: Evaluation): Value;
}

/** Takes field references by what they name and not by their value. */
export interface ReferringFunction extends Signature {
  applyToFields(fieldIds: readonly string[], evaluation: Evaluation): Value;
  /** What is wrong with an argument, if anything. */
  refuse(argument: Expression): string | undefined;
}

export type FunctionDefinition = EagerFunction | LazyFunction | ReferringFunction;

export const any = Number.POSITIVE_INFINITY;
