import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import type { StepCondition } from '../../../contracts/saga-service/sagas.ts';
import { fillPlaceholders, type PlaceholderValues, UnresolvedPlaceholder } from './placeholders.ts';

/** The value of the condition; undefined when a placeholder has none. */
function conditionValue(template: unknown, values: PlaceholderValues): unknown {
  try {
    return fillPlaceholders(template, values);
  } catch (error) {
    if (error instanceof UnresolvedPlaceholder) return undefined;
    throw error;
  }
}

/** Whether a step may run. A comparison with a value that does not exist, or of another type, is not met. */
export function isMet(condition: z.output<typeof StepCondition>, values: PlaceholderValues): boolean {
  const value = conditionValue(condition.value, values);
  if ('exists' in condition) return (value !== undefined && value !== null) === condition.exists;
  if ('equals' in condition) return isDeepStrictEqual(value, condition.equals);
  if ('not_equals' in condition) return !isDeepStrictEqual(value, condition.not_equals);
  if ('one_of' in condition) return condition.one_of.some((one) => isDeepStrictEqual(value, one));
  if (typeof value !== 'number') return false;
  return 'greater_than' in condition ? value > condition.greater_than : value < condition.less_than;
}
