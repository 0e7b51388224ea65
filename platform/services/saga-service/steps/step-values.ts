import { StepFailure } from '../../../kit/service/step-failure.ts';
import type { SagaState, StepRow } from '../store/saga-row.ts';
import type { PlaceholderValues } from './placeholders.ts';
import { valueAtPath } from './placeholders.ts';
import type { StepDefinition } from './step-definition.ts';

/** Values of placeholders at this point of a saga: its input, its ids and the results of completed steps. */
export function valuesOf(
  saga: SagaState,
  steps: readonly StepRow[],
  more: Readonly<Record<string, unknown>> = {},
): PlaceholderValues {
  return new Map<string, unknown>([
    ...steps.filter(({ status }) => status === 'completed').map((row) => [row.step_id, row.result] as const),
    ['input', saga.input],
    ['saga', { id: saga.saga_id, tenant_id: saga.tenant_id, user_id: saga.started_by }],
    ...Object.entries(more),
  ]);
}

/** @throws StepFailure when a value of a successful response is not the expected one */
export function assertExpected(step: StepDefinition, response: unknown): void {
  for (const [path, expected] of Object.entries(step.expect ?? {})) {
    const found = valueAtPath(response, path.split('.'));
    if (found !== expected)
      throw new StepFailure(`${path} is ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`);
  }
}

/** The part of a response that is stored. */
export function storedPart({ keep }: StepDefinition, response: unknown): unknown {
  if (keep === undefined || response === null || typeof response !== 'object') return response ?? null;
  return Object.fromEntries(Object.entries(response).filter(([key]) => keep.includes(key)));
}

/** Whether a completed step has anything to undo. */
export function isUndoable(step: StepDefinition, row: StepRow): boolean {
  if (row.status !== 'completed' || step.compensation_action === undefined) return false;
  if (!step.undo_only_if_created) return true;
  const created = valueAtPath(row.result, ['created_at']);
  return created !== undefined && created === valueAtPath(row.result, ['updated_at']);
}
