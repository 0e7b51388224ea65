import { formatAsStated } from '../judge/format.ts';
import { compare, complement, type Fraction, fraction } from '../plan/ratio.ts';
import type { StatedValue } from './assessment.ts';

/** A share as stated. `decimals` is absent for an exact share (a count). */
export interface StatedShare {
  exact: Fraction;
  decimals?: number;
}

/** The share that a percentage or a count states; undefined for other values. */
export function statedShare(value: StatedValue): StatedShare | undefined {
  if (value.kind === 'count') return { exact: fraction(value.num, value.den) };
  if (value.kind !== 'share') return undefined;
  const { scaled, decimals } = readDecimal(value.percent);
  return { exact: fraction(scaled, 100n * 10n ** BigInt(decimals)), decimals };
}

export function complementOf({ exact, ...rest }: StatedShare): StatedShare {
  return { exact: complement(exact), ...rest };
}

/** Whether two shares are equal at the precision of the one with fewer decimals. */
export function sharesAgree(left: StatedShare, right: StatedShare): boolean {
  const decimals = [left.decimals, right.decimals].filter((each) => each !== undefined);
  if (decimals.length === 0) return compare(left.exact, right.exact) === 0;
  const coarser = Math.min(...decimals);
  return formatAsStated(left.exact, coarser) === formatAsStated(right.exact, coarser);
}

/** Whether two statements about one fact can both be true. */
export function valuesAgree(left: StatedValue, right: StatedValue): boolean {
  const [leftShare, rightShare] = [statedShare(left), statedShare(right)];
  if (leftShare && rightShare) return sharesAgree(leftShare, rightShare);
  if (left.kind === 'state' && right.kind === 'state') return left.is === right.is;
  if (left.kind === 'names' && right.kind === 'names') {
    return [...left.names].sort().join('\n') === [...right.names].sort().join('\n');
  }
  if (left.kind === 'range' && right.kind === 'range') {
    const sameEnds = sameDecimal(left.from, right.from) && sameDecimal(left.to, right.to);
    return sameEnds && left.unit === right.unit;
  }
  if (left.kind === 'quantity' && right.kind === 'quantity') return quantitiesAgree(left, right);
  return false;
}

/** A value as text. */
export function formatValue(value: StatedValue): string {
  switch (value.kind) {
    case 'share':
      return `${value.percent} %`;
    case 'count':
      return `${value.num} of ${value.den}`;
    case 'state':
      return value.is;
    case 'range':
      return `${value.from} to ${value.to} ${value.unit}`;
    case 'quantity':
      return `${value.relation === 'below' ? 'below ' : ''}${value.value} ${value.unit}`;
    case 'names':
      return value.names.join(', ');
  }
}

/** A share as text with its stated decimals; a count has one decimal. */
export function formatStatedShare({ exact, decimals }: StatedShare): string {
  return formatAsStated(exact, decimals ?? 1);
}

type Quantity = Extract<StatedValue, { kind: 'quantity' }>;

function quantitiesAgree(left: Quantity, right: Quantity): boolean {
  if (left.unit !== right.unit) return false;
  const order = compare(decimalFraction(left.value), decimalFraction(right.value));
  if (left.relation === right.relation) return left.relation === 'below' || order === 0;
  return left.relation === 'exactly' ? order < 0 : order > 0;
}

function sameDecimal(left: string, right: string): boolean {
  return compare(decimalFraction(left), decimalFraction(right)) === 0;
}

function decimalFraction(text: string): Fraction {
  const { scaled, decimals } = readDecimal(text);
  return fraction(scaled, 10n ** BigInt(decimals));
}

function readDecimal(text: string): { scaled: bigint; decimals: number } {
  const [whole = '0', rest = ''] = text.split('.');
  return { scaled: BigInt(whole + rest), decimals: rest.length };
}
