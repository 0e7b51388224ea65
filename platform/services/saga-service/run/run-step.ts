import { backoffMs } from '../../../kit/service/backoff.ts';
import { StepFailure } from '../../../kit/service/step-failure.ts';
import type { Entry } from '../store/journal.ts';
import type { StepRow } from '../store/saga-row.ts';
import { attempt } from './attempt.ts';
import { fillPlaceholders } from './placeholders.ts';
import type { Progress, Run, RunnerDeps } from './run-context.ts';
import { stepBackoff } from './step-backoff.ts';
import type { StepDefinition } from './step-definition.ts';
import { assertExpected, keptOf, valuesOf } from './step-values.ts';

export interface StepTask {
  progress: Progress;
  definition: StepDefinition;
  row: StepRow;
  /** The event that set it off, in a choreographed saga. */
  event: Record<string, unknown> | undefined;
  /** Records, then throws when the saga is to end. */
  note: (entry: Entry) => Promise<void>;
}

/**
 * Calls a step until it succeeds or has failed for good, writing down every attempt before it is made.
 * @returns why it failed; undefined when it is completed.
 */
export async function runStep(deps: RunnerDeps, run: Run, task: StepTask): Promise<string | undefined> {
  const { definition, row, note, progress } = task;
  const { position, step_id } = row;
  const leaving = AbortSignal.any([run.gone.signal, run.stop.signal]);

  async function fail(error: string): Promise<string> {
    Object.assign(row, { status: 'failed', error });
    await note({
      event: { type: 'step_failed', data: { step_id, attempts: row.attempts, error } },
      steps: [{ position, status: 'failed', error, completed: true }],
    });
    return error;
  }

  if (row.status === 'running' && row.attempts > definition.retry_attempts)
    return fail('the process that ran it ended during the last attempt: whether it took effect is not known');
  for (;;) {
    row.attempts += 1;
    row.status = 'running';
    await note({
      event: { type: 'step_started', data: { step_id, attempt: row.attempts } },
      steps: [{ position, status: 'running', attempts: row.attempts, started: true }],
    });
    try {
      const rows = progress.steps.map((step) => step.row);
      const more = task.event === undefined ? {} : { event: task.event };
      const answer = await attempt(
        async (signal) => {
          const values = valuesOf(progress.saga, rows, run.secrets, more);
          const given = await deps.callStep({
            service: definition.service,
            action: definition.action,
            payload: fillPlaceholders(definition.payload, values),
            trusted: definition.trusted === true,
            token: run.secrets.token,
            idempotencyKey: `${progress.saga.saga_id}:${step_id}`,
            signal,
          });
          assertExpected(definition, given);
          return given;
        },
        { clock: deps.clock, seconds: definition.timeout, signal: leaving },
      );
      row.result = keptOf(definition, answer);
      row.status = 'completed';
      await note({
        event: { type: 'step_completed', data: { step_id, attempts: row.attempts } },
        steps: [{ position, status: 'completed', result: row.result, error: null, completed: true }],
      });
      return undefined;
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error;
      if (!error.retryable || row.attempts > definition.retry_attempts) return fail(error.message);
      const delay = backoffMs(stepBackoff, row.attempts);
      await note({
        event: {
          type: 'step_attempt_failed',
          data: { step_id, attempt: row.attempts, error: error.message, retry_in_ms: delay },
        },
        steps: [{ position, error: error.message }],
      });
      await deps.clock.sleep(delay, AbortSignal.any([leaving, deps.closing]));
    }
  }
}
