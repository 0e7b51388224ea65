import { z } from 'zod';
import { compare, operators } from './compare.ts';
import { checkExpression, evaluateExpression } from './expression.ts';
import { expressionData } from './plain-steps.ts';
import { stepKind } from './step-kind.ts';

const comparisonFields = ['left', 'operator', 'right'] as const;

/** One object instead of a union, whose errors would not name the invalid field. */
const config = z
  .strictObject({
    expression: z.string().min(1).optional(),
    left: z.unknown().optional(),
    operator: z.enum(operators).optional(),
    right: z.unknown().optional(),
    otherwise: z.enum(['stop', 'skip', 'continue']).default('stop'),
    skip: z.coerce.number().int().min(1).max(50).default(1),
  })
  .superRefine((given, context) => {
    const addIssue = (field: string, message: string) =>
      context.addIssue({ code: 'custom', path: [field], message });
    if (given.expression === undefined) {
      if (given.operator === undefined) addIssue('operator', 'An operator or an expression is required');
      else if (!Object.hasOwn(given, 'left')) addIssue('left', 'Field required');
      return;
    }
    for (const field of comparisonFields)
      if (Object.hasOwn(given, field)) addIssue(field, 'Not allowed beside an expression');
  });

/** Truth as JMESPath defines it: everything except false, null and empty values. */
function isTrue(value: unknown): boolean {
  if (value === false || value === null || value === '') return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value !== 'object' || Object.keys(value as object).length > 0;
}

/** Continues, skips steps, or ends the execution. */
export const conditionalKind = stepKind({
  types: ['condition', 'conditional'],
  config,
  literalFields: ['expression'],
  async check({ expression }) {
    if (expression !== undefined) await checkExpression(expression);
  },
  async run({ expression, left, operator, right, ...action }, { values, log }) {
    // The configuration has an operator if it has no expression.
    const holds =
      operator === undefined
        ? isTrue(await evaluateExpression(expression as string, expressionData(values)))
        : compare(left, operator, right);
    const result = { holds };
    if (holds || action.otherwise === 'continue') return { result };
    if (action.otherwise === 'stop') {
      await log('info', 'The condition is false: the execution ends here');
      return { result, skip: 'rest' };
    }
    await log('info', `The condition is false: the next ${action.skip} steps are skipped`);
    return { result, skip: action.skip };
  },
});
