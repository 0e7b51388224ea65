import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { StepFailure } from '../../../kit/service/step-failure.ts';
import { checkExpression, evaluateExpression } from './expression.ts';
import { expressionData } from './plain-steps.ts';
import { stepKind } from './step-kind.ts';

const otherwise = {
  otherwise: z.enum(['stop', 'skip', 'continue']).default('stop'),
  skip: z.coerce.number().int().min(1).max(50).default(1),
};

const numeric = /^\s*-?\d+(\.\d+)?([eE][+-]?\d+)?\s*$/;

/** Numbers in text become numbers, since filled placeholders are often text. */
function comparable(value: unknown): unknown {
  return typeof value === 'string' && numeric.test(value) ? Number(value) : value;
}

function order(left: unknown, right: unknown): number {
  const [a, b] = [comparable(left), comparable(right)];
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0;
  throw new StepFailure('only two numbers or two texts have an order');
}

function contains(left: unknown, right: unknown): boolean {
  if (Array.isArray(left)) return left.some((one) => equal(one, right));
  if (typeof left === 'string') return left.includes(String(right));
  if (left === null || left === undefined) return false;
  throw new StepFailure('only a list or a text can contain a value');
}

const equal = (left: unknown, right: unknown) => isDeepStrictEqual(comparable(left), comparable(right));
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

/** Whether a comparison is true. @throws StepFailure when the operator does not apply to the values */
export function compare(left: unknown, operator: Operator, right: unknown): boolean {
  return comparisons[operator](left, right);
}

/** Truth as JMESPath defines it: everything except false, null and empty values. */
function isTrue(value: unknown): boolean {
  if (value === false || value === null || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value !== 'object' || Object.keys(value as object).length > 0;
}

/** Continues, skips steps, or ends the execution. */
export const conditionalKind = stepKind({
  types: ['condition', 'conditional'],
  config: z.union([
    z.strictObject({ expression: z.string().min(1), ...otherwise }),
    z.strictObject({
      left: z.unknown(),
      operator: z.enum(Object.keys(comparisons) as Operator[]),
      right: z.unknown().optional(),
      ...otherwise,
    }),
  ]),
  literalFields: ['expression'],
  async check(config) {
    if ('expression' in config) await checkExpression(config.expression);
  },
  async run(config, { values, log }) {
    const holds =
      'expression' in config
        ? isTrue(await evaluateExpression(config.expression, expressionData(values)))
        : compare(config.left, config.operator, config.right);
    const result = { holds };
    if (holds || config.otherwise === 'continue') return { result };
    if (config.otherwise === 'stop') {
      await log('info', 'The condition is false: the execution ends here');
      return { result, skip: 'rest' };
    }
    await log('info', `The condition is false: the next ${config.skip} steps are skipped`);
    return { result, skip: config.skip };
  },
});
