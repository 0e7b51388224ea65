import type { Ratio } from './criterion.ts';

/**
 * An exact fraction of any size, for sums. `Ratio` is the form for stored data. Decisions compare fractions,
 * never floats: 9 of 10 is not more than 90 %, and rounding must not change that.
 */
export interface Fraction {
  readonly num: bigint;
  readonly den: bigint;
}

export const zero: Fraction = { num: 0n, den: 1n };

export function fraction(num: number | bigint, den: number | bigint = 1): Fraction {
  return reduce({ num: BigInt(num), den: BigInt(den) });
}

export function fromRatio({ num, den }: Ratio): Fraction {
  return fraction(num, den);
}

/** @throws RangeError if the reduced fraction does not fit into safe integers. */
export function toRatio(value: Fraction): Ratio {
  const { num, den } = reduce(value);
  if (num > BigInt(Number.MAX_SAFE_INTEGER) || den > BigInt(Number.MAX_SAFE_INTEGER))
    throw new RangeError(`${num}/${den} does not fit into a ratio of safe integers.`);
  return { num: Number(num), den: Number(den) };
}

export function add(left: Fraction, right: Fraction): Fraction {
  return reduce({ num: left.num * right.den + right.num * left.den, den: left.den * right.den });
}

export function multiply(left: Fraction, right: Fraction): Fraction {
  return reduce({ num: left.num * right.num, den: left.den * right.den });
}

/** One minus the value. */
export function complement(value: Fraction): Fraction {
  return reduce({ num: value.den - value.num, den: value.den });
}

/** Negative, zero or positive, like a sort comparator. */
export function compare(left: Fraction, right: Fraction): number {
  const difference = left.num * right.den - right.num * left.den;
  if (difference === 0n) return 0;
  return difference < 0n ? -1 : 1;
}

function reduce({ num, den }: Fraction): Fraction {
  if (den <= 0n) throw new RangeError(`A fraction needs a positive denominator, not ${den}.`);
  const divisor = greatestCommonDivisor(num < 0n ? -num : num, den);
  return divisor <= 1n ? { num, den } : { num: num / divisor, den: den / divisor };
}

function greatestCommonDivisor(left: bigint, right: bigint): bigint {
  let [a, b] = [left, right];
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}
