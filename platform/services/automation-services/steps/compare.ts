import { isDeepStrictEqual } from 'node:util';
import { StepFailure } from '../../../kit/service/step-failure.ts';

const numeric = /^\s*([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,9}))?\s*$/;
const isoTime = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** An exact decimal number: ±0.digits × 10^exponent. Zero has no digits. */
interface Decimal {
  negative: boolean;
  /** Without zeros at either end. */
  digits: string;
  exponent: number;
}

/** A number, or a text that reads as one, without rounding; undefined for any other value. */
function toDecimal(value: unknown): Decimal | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const [, sign, whole = '', fraction = '', power = '0'] = numeric.exec(String(value)) ?? [];
  if (sign === undefined) return undefined;
  const significant = `${whole}${fraction}`.replace(/^0+/, '');
  const leadingZeros = whole.length + fraction.length - significant.length;
  const digits = significant.replace(/0+$/, '');
  if (digits === '') return { negative: false, digits, exponent: 0 };
  return { negative: sign === '-', digits, exponent: whole.length - leadingZeros + Number(power) };
}

const sign = (a: string | number, b: string | number) => (a < b ? -1 : a > b ? 1 : 0);

function compareDecimals(a: Decimal, b: Decimal): number {
  if (a.digits === '' || b.digits === '' || a.negative !== b.negative) {
    const signOf = ({ digits, negative }: Decimal) => (digits === '' ? 0 : negative ? -1 : 1);
    return signOf(a) - signOf(b);
  }
  const magnitude = sign(a.exponent, b.exponent) || sign(a.digits, b.digits);
  return a.negative ? -magnitude : magnitude;
}

/**
 * Two texts are equal if they have the same characters: `01234` and `1234` are different ids. A number is also equal to
 * a text of it, and a boolean to `true` or `false`, since filled placeholders are often text.
 */
function equal(left: unknown, right: unknown): boolean {
  if (typeof left === 'string' && typeof right === 'string') return left === right;
  if (typeof left === 'boolean' || typeof right === 'boolean')
    return [left, right].every((one) => typeof one === 'boolean' || typeof one === 'string')
      ? String(left) === String(right)
      : false;
  const [a, b] = [toDecimal(left), toDecimal(right)];
  if (a !== undefined && b !== undefined) return compareDecimals(a, b) === 0;
  return isDeepStrictEqual(left, right);
}

function instantOf(value: unknown): number | undefined {
  const time = typeof value === 'string' && isoTime.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** The order of two numbers (texts of numbers included), two times in ISO 8601 with their zones, or two other texts. */
function order(left: unknown, right: unknown): number {
  const [a, b] = [toDecimal(left), toDecimal(right)];
  if (a !== undefined && b !== undefined) return compareDecimals(a, b);
  const [from, to] = [instantOf(left), instantOf(right)];
  if (from !== undefined && to !== undefined) return from - to;
  if (typeof left === 'string' && typeof right === 'string') return sign(left, right);
  throw new StepFailure('only two numbers or two texts have an order');
}

function contains(left: unknown, right: unknown): boolean {
  if (Array.isArray(left)) return left.some((one) => equal(one, right));
  if (typeof left === 'string') return left.includes(String(right));
  if (left === null || left === undefined) return false;
  throw new StepFailure('only a list or a text can contain a value');
}

const exists = (value: unknown) => value !== null && value !== undefined && value !== '';

const comparisons = {
  equals: equal,
  not_equals: (left, right) => !equal(left, right),
  greater_than: (left, right) => order(left, right) > 0,
  greater_or_equal: (left, right) => order(left, right) >= 0,
  less_than: (left, right) => order(left, right) < 0,
  less_or_equal: (left, right) => order(left, right) <= 0,
  contains,
  not_contains: (left, right) => !contains(left, right),
  starts_with: (left, right) => typeof left === 'string' && left.startsWith(String(right)),
  ends_with: (left, right) => typeof left === 'string' && left.endsWith(String(right)),
  exists,
  not_exists: (left) => !exists(left),
} satisfies Record<string, (left: unknown, right: unknown) => boolean>;
type Operator = keyof typeof comparisons;

/** Names of all comparisons. */
export const operators = Object.keys(comparisons) as Operator[];

/** Whether a comparison is true. @throws StepFailure when the operator does not apply to the values */
export function compare(left: unknown, operator: Operator, right: unknown): boolean {
  return comparisons[operator](left, right);
}
