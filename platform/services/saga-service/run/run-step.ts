import { backoffMs } from '../../../kit/service/backoff.ts';
import { StepFailure } from '../../../kit/service/step-failure.ts';
import { fillPlaceholders } from '../steps/placeholders.ts';
import { assertExpected, storedPart, valuesOf } from '../steps/step-values.ts';
import type { JournalEntry } from '../store/journal-entry.ts';
import type { StepRow } from '../store/saga-row.ts';
import { attempt, attemptBackoff } from './attempt.ts';
import type { RunDeps, SagaProgress, SagaRun, SagaStepProgress } from './saga-run.ts';

export interface StepTask extends SagaStepProgress {
  progress: SagaProgress;
  /** The event that triggered it, in a choreographed saga. */
  event: Record<string, unknown> | undefined;
  /** Whether its first attempt has been recorded already, with the end of the step before it. */
  begun: boolean;
  /** Records an entry, then throws when the saga must stop. */
  record: (entry: JournalEntry) => Promise<void>;
  /** The same for the entry of its success, and begins what can start then. */
  recordSuccess: (entry: JournalEntry) => Promise<void>;
}

/** The entry before an attempt. */
export function attemptEntry({ position, step_id, attempts }: StepRow): JournalEntry {
  return {
    event: { type: 'step_started', data: { step_id, attempt: attempts + 1 } },
    steps: [{ position, status: 'running', attempts: attempts + 1, started: true }],
  };
}

/**
 * Calls a step until it succeeds or fails permanently. Records every attempt before it is made. An attempt that a crash
 * interrupted is made again and does not count: all attempts carry the same key, and the receiver does it once.
 * @returns why it failed; undefined when it completed
 */
export async function runStep(deps: RunDeps, run: SagaRun, task: StepTask): Promise<string | undefined> {
  const { definition, row, record, progress } = task;
  const { position, step_id } = row;
  const signal = AbortSignal.any([run.abandon, run.stop.signal]);

  async function fail(error: string): Promise<string> {
    Object.assign(row, { status: 'failed', error });
    await record({
      event: { type: 'step_failed', data: { step_id, attempts: row.attempts, error } },
      steps: [{ position, status: 'failed', error, completed: true }],
    });
    return error;
  }

  let isRecorded = task.begun;
  for (let failures = 0; ; ) {
    if (!isRecorded) {
      const entry = attemptEntry(row);
      row.attempts += 1;
      row.status = 'running';
      await record(entry);
    }
    isRecorded = false;
    try {
      const rows = progress.steps.map((step) => step.row);
      const more = task.event === undefined ? {} : { event: task.event };
      const response = await attempt(
        async (attemptSignal) => {
          const values = valuesOf(progress.saga, rows, more);
          const body = await deps.callStep({
            service: definition.service,
            action: definition.action,
            payload: fillPlaceholders(definition.payload, values),
            trusted: definition.trusted === true,
            grant: grantOf(progress),
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
      await task.recordSuccess({
        event: { type: 'step_completed', data: { step_id, attempts: row.attempts } },
        steps: [{ position, status: 'completed', result: row.result, error: null, completed: true }],
      });
      return undefined;
    } catch (error) {
      if (!(error instanceof StepFailure)) throw error;
      failures += 1;
      if (!error.retryable || failures > definition.retry_attempts) return fail(error.message);
      const delay = backoffMs(attemptBackoff, failures, { atLeastMs: error.retryAfterMs });
      await record({
        event: {
          type: 'step_attempt_failed',
          data: { step_id, attempt: row.attempts, error: error.message, retry_in_ms: delay },
        },
        steps: [{ position, error: error.message }],
      });
      await deps.clock.sleep(delay, signal);
    }
  }
}

/** The grant with which the steps of a saga act for its user; undefined for one that has none. */
export function grantOf({ saga }: SagaProgress): { id: string; tenantId: string } | undefined {
  return saga.grant_id === null ? undefined : { id: saga.grant_id, tenantId: saga.tenant_id };
}
