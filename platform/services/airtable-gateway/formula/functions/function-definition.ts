import type { Evaluation } from '../evaluation.ts';
import type { Expression } from '../expression.ts';
import type { Value } from '../value.ts';

export type Thunk = () => Value;

interface Signature {
  name: string;
  /** Minimum and maximum number of arguments. */
  arity: readonly [number, number];
  /** A library that must be loaded before the function runs. */
  needs?: 'moment' | 'regex';
}

export interface EagerFunction extends Signature {
  apply(args: readonly Value[], evaluation: Evaluation): Value;
}

/** Evaluates only the arguments that it needs. */
export interface LazyFunction extends Signature {
  applyLazily(args: readonly Thunk[], evaluation: Evaluation): Value;
}

/** Receives the ids of its field arguments instead of their values. */
export interface ReferringFunction extends Signature {
  applyToFields(fieldIds: readonly string[], evaluation: Evaluation): Value;
  /** Why an argument is invalid; undefined for a valid one. */
  rejectArgument(argument: Expression): string | undefined;
}

export type FunctionDefinition = EagerFunction | LazyFunction | ReferringFunction;

export const any = Number.POSITIVE_INFINITY;
