import { FormulaValueError } from '../formula-error.ts';
import { type DateValue, flatten, isDate, isEmpty, toInteger, toNumber, type Value } from '../value.ts';
import { any, type FunctionDefinition } from './function-definition.ts';

function onNumber(name: string, apply: (value: number) => number): FunctionDefinition {
  return { name, arity: [1, 1], apply: ([value = null]) => apply(toNumber(value)) };
}

/** Sums include numbers and checkboxes only, not blanks and texts. */
function numbersOf(args: readonly Value[]): number[] {
  return flatten(args)
    .filter((item) => typeof item === 'number' || typeof item === 'boolean')
    .map(Number);
}

function aggregate(name: string, apply: (numbers: readonly number[]) => Value): FunctionDefinition {
  return {
    name,
    arity: [1, any],
    apply(args, evaluation) {
      const numbers = numbersOf(args);
      evaluation.allowList(numbers.length);
      return apply(numbers);
    },
  };
}

/** The minimum or maximum of numbers, or of dates when all values are dates. */
function extreme(name: string, better: (a: number, b: number) => boolean): FunctionDefinition {
  return {
    name,
    arity: [1, any],
    apply(args, evaluation) {
      const items = flatten(args).filter((item) => !isEmpty(item));
      evaluation.allowList(items.length);
      if (items.length > 0 && items.every(isDate))
        return (items as DateValue[]).reduce((best, item) => (better(item.time, best.time) ? item : best));
      const numbers = numbersOf(items);
      return numbers.length === 0 ? 0 : numbers.reduce((best, item) => (better(item, best) ? item : best));
    },
  };
}

function checkedPrecision(value: Value | undefined): number {
  const precision = toInteger(value ?? null);
  if (Math.abs(precision) > 100) throw new FormulaValueError('a precision out of range');
  return precision;
}

/** Moves the decimal point in the number's text, so that 1.005 does not become 1.00499…. */
function shift(value: number, places: number): number {
  const [digits = '0', exponent = '0'] = String(value).split('e');
  return Number(`${digits}e${Number(exponent) + places}`);
}

function rounding(name: string, round: (value: number) => number): FunctionDefinition {
  return {
    name,
    arity: [1, 2],
    apply([value = null, precision]) {
      const number = toNumber(value);
      if (!Number.isFinite(number)) return number;
      const places = checkedPrecision(precision);
      return shift(round(shift(number, places)), -places) + 0;
    },
  };
}

function toMultiple(name: string, round: (value: number) => number): FunctionDefinition {
  return {
    name,
    arity: [1, 2],
    apply([value = null, significance]) {
      const step = significance === undefined ? 1 : toNumber(significance);
      if (step === 0) return 0;
      const multiple = round(toNumber(value) / step);
      // For steps such as 0.1, dividing by the inverse avoids results such as 0.30000000000000004.
      const inverse = 1 / step;
      return Number.isInteger(inverse) ? multiple / inverse : multiple * step;
    },
  };
}

function roundAwayFromZero(value: number): number {
  return value < 0 ? Math.floor(value) : Math.ceil(value);
}

function nextOdd(value: number): number {
  const size = Math.ceil(Math.abs(value));
  const odd = size % 2 === 1 ? size : size + 1;
  return value < 0 ? -odd : odd;
}

export const numericFunctions: readonly FunctionDefinition[] = [
  onNumber('ABS', Math.abs),
  aggregate('SUM', (numbers) => numbers.reduce((sum, number) => sum + number, 0)),
  aggregate('AVERAGE', (numbers) =>
    numbers.length === 0 ? Number.NaN : numbers.reduce((sum, number) => sum + number, 0) / numbers.length,
  ),
  aggregate('COUNT', (numbers) => numbers.length),
  { name: 'COUNTA', arity: [1, any], apply: (args) => flatten(args).filter((item) => !isEmpty(item)).length },
  { name: 'COUNTALL', arity: [1, any], apply: (args) => flatten(args).length },
  extreme('MAX', (a, b) => a > b),
  extreme('MIN', (a, b) => a < b),
  toMultiple('CEILING', Math.ceil),
  toMultiple('FLOOR', Math.floor),
  onNumber('EVEN', (value) => Math.ceil(value / 2) * 2 + 0),
  onNumber('ODD', nextOdd),
  onNumber('EXP', Math.exp),
  onNumber('INT', Math.floor),
  onNumber('SQRT', Math.sqrt),
  {
    name: 'LOG',
    arity: [1, 2],
    apply([value = null, base]) {
      const number = toNumber(value);
      if (base === undefined) return Math.log10(number);
      const radix = toNumber(base);
      if (radix === 10) return Math.log10(number);
      return radix === 2 ? Math.log2(number) : Math.log(number) / Math.log(radix);
    },
  },
  {
    name: 'MOD',
    arity: [2, 2],
    apply([value = null, divisor = null]) {
      const by = toNumber(divisor);
      const rest = toNumber(value) % by;
      return rest !== 0 && rest < 0 !== by < 0 ? rest + by : rest + 0;
    },
  },
  {
    name: 'POWER',
    arity: [2, 2],
    apply: ([base = null, exponent = null]) => toNumber(base) ** toNumber(exponent),
  },
  // Ties round towards positive infinity, as in Airtable's reference.
  rounding('ROUND', (value) => Math.floor(value + 0.5)),
  rounding('ROUNDUP', roundAwayFromZero),
  rounding('ROUNDDOWN', Math.trunc),
];
