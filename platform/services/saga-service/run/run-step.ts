import { backoffMs } from '../../../kit/service/backoff.ts';
import { StepFailure } from '../../../kit/service/step-failure.ts';
import { fillPlaceholders } from '../steps/placeholders.ts';
import type { StepDefinition } from '../steps/step-definition.ts';
import { assertExpected, storedPart, valuesOf } from '../steps/step-values.ts';
import type { JournalEntry } from '../store/journal.ts';
import type { StepRow } from '../store/saga-row.ts';
import { attempt, attemptBackoff } from './attempt.ts';
import type { RunDeps, SagaProgress, SagaRun } from './saga-run.ts';

export interface StepTask {
  progress: SagaProgress;
  definition: StepDefinition;
  row: StepRow;
  /** The event that triggered it, in a choreographed saga. */
  event: Record<string, unknown> | undefined;
  /** Records an entry, then throws when the saga must stop. */
  record: (entry: JournalEntry) => Promise<void>;
}

/**
 * Calls a step until it succeeds or fails permanently. Records every attempt before it is made.
 * @returns why it failed; undefined when it completed
 */
export async function runStep(deps: RunDeps, run: SagaRun, task: StepTask): Promise<string | undefined> {
  const { definition, row, record, progress } = task;
  const { position, step_id } = row;
  const signal = AbortSignal.any([run.abandon.signal, run.stop.signal]);

  async function fail(error: string): Promise<string> {
    Object.assign(row, { status: 'failed', error });
    await record({
      event: { type: 'step_failed', data: { step_id, attempts: row.attempts, error } },
      steps: [{ position, status: 'failed', error, completed: true }],
    });
    return error;
  }

  if (row.status === 'running' && row.attempts > definition.retry_attempts)
    return fail('the process ended during the last attempt: it is not known whether the step took effect');
  for (;;) {
    row.attempts += 1;
    row.status = 'running';
    await record({
      event: { type: 'step_started', data: { step_id, attempt: row.attempts } },
      steps: [{ position, status: 'running', attempts: row.attempts, started: true }],
    });
    try {
      const rows = progress.steps.map((step) => step.row);
      const more = task.event === undefined ? {} : { event: task.event };
      const response = await attempt(
        async (attemptSignal) => {
          const values = valuesOf(progress.saga, rows, run.secrets, more);
          const body = await deps.callStep({
            service: definition.service,
            action: definition.action,
            payload: fillPlaceholders(definition.payload, values),
            trusted: definition.trusted === true,
            token: run.secrets.token,
            idempotencyKey: `${progress.saga.saga_id}:${step_id}`,
            signal: attemptSignal,
          });
          assertExpected(definition, body);
          return body;
        },
        { clock: deps.clock, seconds: definition.timeout, signal },
      );
      row.result = storedPart(definition, response);
      row.status = 'completed';
      await record({
        event: { type: 'step_completed', data: { step_id, attempts: row.attempts } },
        steps: [{ position, status: 'completed', result: row.result, error: null, completed: true }],
      });
      return undefined;
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error;
      if (!error.retryable || row.attempts > definition.retry_attempts) return fail(error.message);
      const delay = backoffMs(attemptBackoff, row.attempts);
      await record({
        event: {
          type: 'step_attempt_failed',
          data: { step_id, attempt: row.attempts, error: error.message, retry_in_ms: delay },
        },
        steps: [{ position, error: error.message }],
      });
      await deps.clock.sleep(delay, AbortSignal.any([signal, deps.closing]));
    }
  }
}
