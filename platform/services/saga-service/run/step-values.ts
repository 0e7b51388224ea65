import { StepFailure } from '../../../kit/service/step-failure.ts';
import type { SagaState, StepRow } from '../store/saga-row.ts';
import type { PlaceholderValues } from './placeholders.ts';
import { valueAtPath } from './placeholders.ts';
import type { Secrets } from './run-context.ts';
import type { StepDefinition } from './step-definition.ts';

/** What placeholders may name at this point of a saga: its input, itself, and the results of completed steps. */
export function valuesOf(
  saga: SagaState,
  steps: readonly StepRow[],
  secrets: Secrets,
  more: Readonly<Record<string, unknown>> = {},
): PlaceholderValues {
  return new Map<string, unknown>([
    ...steps.filter(({ status }) => status === 'completed').map((row) => [row.step_id, row.result] as const),
    ['input', { ...saga.input, ...secrets.input }],
    ['saga', { id: saga.saga_id, tenant_id: saga.tenant_id, user_id: saga.started_by }],
    ...Object.entries(more),
  ]);
}

/** @throws StepFailure when a peer answered with success and its answer tells of failure. */
export function assertExpected(step: StepDefinition, answer: unknown): void {
  for (const [path, wanted] of Object.entries(step.expect ?? {})) {
    const found = valueAtPath(answer, path.split('.'));
    if (found !== wanted)
      throw new StepFailure(`${path} is ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`, {
        retryable: false,
      });
  }
}

/** The part of an answer that is stored. */
export function keptOf(step: StepDefinition, answer: unknown): unknown {
  if (step.keep === undefined || answer === null || typeof answer !== 'object') return answer ?? null;
  const keep = new Set(step.keep);
  return Object.fromEntries(Object.entries(answer).filter(([key]) => keep.has(key)));
}

/** Whether a completed step has anything to undo. */
export function isUndoable(step: StepDefinition, row: StepRow): boolean {
  if (row.status !== 'completed' || step.compensation_action === undefined) return false;
  if (!step.undo_only_if_created) return true;
  const created = valueAtPath(row.result, ['created_at']);
  return created !== undefined && created === valueAtPath(row.result, ['updated_at']);
}
