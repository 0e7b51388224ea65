import type { SagaStatus } from '../../../contracts/saga-service/sagas.ts';
import { backoffMs } from '../../../kit/service/backoff.ts';
import { StepFailure } from '../../../kit/service/step-failure.ts';
import { fillPlaceholders } from '../steps/placeholders.ts';
import type { StepDefinition } from '../steps/step-definition.ts';
import { findStepRoute } from '../steps/step-route.ts';
import { isUndoable, valuesOf } from '../steps/step-values.ts';
import { undoesCreation } from '../steps/undoes-creation.ts';
import type { StepRow } from '../store/saga-row.ts';
import { attempt, attemptBackoff } from './attempt.ts';
import { grantOf } from './run-step.ts';
import type { RunDeps, SagaProgress, SagaRun } from './saga-run.ts';

/** Maximum duration of one attempt to undo a step, seconds. */
const maxAttemptSeconds = 600;
/** Time for which undoing is tried again while its service cannot be reached, milliseconds: it leaves nothing behind. */
const persistMs = 600_000;

/**
 * Whether the failure means that nothing is left to undo, for example after an attempt whose response was lost. What
 * the saga created and its user may not see any more is 403: see the claim `undoes`.
 */
function isAlreadyUndone(error: StepFailure, definition: StepDefinition): boolean {
  const found = findStepRoute(
    { service: definition.service, action: definition.compensation_action ?? '' },
    { trusted: true },
  );
  return error.status === 404 && 'route' in found && found.route.method === 'DELETE';
}

/** Why a step could not be undone. `rejected`: its service has rejected the call, so nothing has happened. */
interface Left {
  error: string;
  rejected: boolean;
}

/** Undoes one step. @returns why it could not be undone; undefined when it was */
async function undo(
  deps: RunDeps,
  run: SagaRun,
  { progress, definition, row }: { progress: SagaProgress; definition: StepDefinition; row: StepRow },
): Promise<Left | undefined> {
  const rows = progress.steps.map((step) => step.row);
  const grant = grantOf(progress);
  // A service repeats its stored response to a key. After a rejection a new request must reach it.
  const rejections = await deps.journal.rejectedCompensations(run.held, row.step_id);
  const key = `${progress.saga.saga_id}:${row.step_id}:compensation`;
  const startedMs = deps.clock.now().getTime();
  for (let attempts = 1; ; attempts += 1) {
    try {
      await attempt(
        async (signal) => {
          const values = valuesOf(progress.saga, rows, { result: row.result });
          await deps.callStep({
            service: definition.service,
            action: definition.compensation_action ?? '',
            payload: fillPlaceholders(definition.compensation_payload ?? {}, values),
            trusted: definition.trusted === true,
            grant: grant && { ...grant, compensation: undoesCreation(definition) },
            idempotencyKey: rejections === 0 ? key : `${key}:${rejections + 1}`,
            signal,
          });
        },
        {
          clock: deps.clock,
          seconds: Math.min(definition.timeout, maxAttemptSeconds),
          signal: run.abandon,
        },
      );
      return undefined;
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error;
      if (isAlreadyUndone(error, definition)) return undefined;
      const persists = deps.clock.now().getTime() - startedMs < persistMs;
      if (!error.retryable || (attempts > definition.retry_attempts && !persists))
        return { error: error.message, rejected: !error.retryable };
      const data = { step_id: row.step_id, attempt: attempts, error: error.message };
      await deps.journal.record(run.held, { event: { type: 'compensation_attempt_failed', data } });
      await deps.clock.sleep(backoffMs(attemptBackoff, attempts), run.abandon);
    }
  }
}

/**
 * Undoes the completed steps in reverse order. A step that cannot be undone does not block earlier ones. Each step is
 * recorded as soon as it is undone, and never undone twice.
 * @returns `compensated`, or `compensation_failed` when a step could not be undone
 */
export async function compensate(deps: RunDeps, run: SagaRun, progress: SagaProgress): Promise<SagaStatus> {
  const left: string[] = [];
  for (const { definition, row } of progress.steps.toReversed()) {
    if (!isUndoable(definition, row)) continue;
    run.abandon.throwIfAborted();
    const leftover = await undo(deps, run, { progress, definition, row });
    const { position, step_id } = row;
    if (leftover === undefined) {
      row.status = 'compensated';
      await deps.journal.record(run.held, {
        event: { type: 'step_compensated', data: { step_id } },
        steps: [{ position, status: 'compensated', error: null }],
      });
    } else {
      const { error, rejected } = leftover;
      left.push(`${step_id} (${error})`);
      await deps.journal.record(run.held, {
        event: { type: 'step_compensation_failed', data: { step_id, error, rejected } },
        steps: [{ position, error: `not undone: ${error}` }],
      });
    }
  }
  const { error } = progress.saga;
  const status = left.length === 0 ? 'compensated' : 'compensation_failed';
  await deps.journal.record(run.held, {
    event: { type: `saga_${status}`, data: left.length === 0 ? {} : { left } },
    saga: {
      status,
      ...(left.length === 0 ? {} : { error: `${error ?? 'ended'}; not undone: ${left.join(', ')}` }),
    },
  });
  return status;
}
