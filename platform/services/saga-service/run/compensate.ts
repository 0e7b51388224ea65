import type { SagaStatus } from '../../../contracts/saga-service/sagas.ts';
import { backoffMs } from '../../../kit/service/backoff.ts';
import { StepFailure } from '../../../kit/service/step-failure.ts';
import { findStepRoute } from '../api/step-route.ts';
import type { StepRow } from '../store/saga-row.ts';
import { attempt } from './attempt.ts';
import { fillPlaceholders } from './placeholders.ts';
import type { Progress, Run, RunnerDeps } from './run-context.ts';
import { stepBackoff } from './step-backoff.ts';
import type { StepDefinition } from './step-definition.ts';
import { isUndoable, valuesOf } from './step-values.ts';

/** Longest time for one attempt to undo a step, seconds. */
const longestAttempt = 600;

/** Whether a refusal says that there is nothing left to undo, for example after an attempt whose answer was lost. */
function isAlreadyGone(error: StepFailure, definition: StepDefinition): boolean {
  const found = findStepRoute(
    { service: definition.service, action: definition.compensation_action ?? '' },
    { trusted: true },
  );
  return error.status === 404 && 'route' in found && found.route.method === 'DELETE';
}

/** Undoes one step. @returns why it could not be undone; undefined when it is. */
async function undo(
  deps: RunnerDeps,
  run: Run,
  { progress, definition, row }: { progress: Progress; definition: StepDefinition; row: StepRow },
): Promise<string | undefined> {
  const rows = progress.steps.map((step) => step.row);
  for (let attempts = 1; ; attempts += 1) {
    try {
      await attempt(
        async (signal) => {
          const values = valuesOf(progress.saga, rows, run.secrets, { result: row.result });
          await deps.callStep({
            service: definition.service,
            action: definition.compensation_action ?? '',
            payload: fillPlaceholders(definition.compensation_payload ?? {}, values),
            trusted: definition.trusted === true,
            token: run.secrets.token,
            idempotencyKey: `${progress.saga.saga_id}:${row.step_id}:compensation`,
            signal,
          });
        },
        {
          clock: deps.clock,
          seconds: Math.min(definition.timeout, longestAttempt),
          signal: run.gone.signal,
        },
      );
      return undefined;
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error;
      if (isAlreadyGone(error, definition)) return undefined;
      if (!error.retryable || attempts > definition.retry_attempts) return error.message;
      const data = { step_id: row.step_id, attempt: attempts, error: error.message };
      await deps.journal.record(run.lease, { event: { type: 'compensation_attempt_failed', data } });
      await deps.clock.sleep(
        backoffMs(stepBackoff, attempts),
        AbortSignal.any([run.gone.signal, deps.closing]),
      );
    }
  }
}

/**
 * Undoes the completed steps, the last one first. One that cannot be undone does not keep earlier ones from it.
 * Each is written down as soon as it is undone, and never undone again.
 * @returns `compensated`, or `compensation_failed` when something is left.
 */
export async function compensate(deps: RunnerDeps, run: Run, progress: Progress): Promise<SagaStatus> {
  const left: string[] = [];
  for (const { definition, row } of progress.steps.toReversed()) {
    if (!isUndoable(definition, row)) continue;
    run.gone.signal.throwIfAborted();
    deps.closing.throwIfAborted();
    const error = await undo(deps, run, { progress, definition, row });
    const { position, step_id } = row;
    if (error === undefined) {
      row.status = 'compensated';
      await deps.journal.record(run.lease, {
        event: { type: 'step_compensated', data: { step_id } },
        steps: [{ position, status: 'compensated', error: null }],
      });
    } else {
      left.push(`${step_id} (${error})`);
      await deps.journal.record(run.lease, {
        event: { type: 'step_compensation_failed', data: { step_id, error } },
        steps: [{ position, error: `not undone: ${error}` }],
      });
    }
  }
  const { error } = progress.saga;
  const status = left.length === 0 ? 'compensated' : 'compensation_failed';
  await deps.journal.record(run.lease, {
    event: { type: `saga_${status}`, data: left.length === 0 ? {} : { left } },
    saga: {
      status,
      ...(left.length === 0 ? {} : { error: `${error ?? 'ended'}; not undone: ${left.join(', ')}` }),
    },
  });
  return status;
}
