import type { SagaStatus } from '../../../contracts/saga-service/sagas.ts';
import { isUndoable } from '../steps/step-values.ts';
import type { StepChange } from '../store/journal-entry.ts';
import { compensate } from './compensate.ts';
import { runSteps, type StepsEnd } from './run-steps.ts';
import type { RunDeps, SagaProgress, SagaRun } from './saga-run.ts';
import { SagaTimeout, StopRequested } from './saga-signals.ts';

/** Why a saga did not complete. */
interface SagaFailure {
  status: Extract<SagaStatus, 'failed' | 'timeout'>;
  error: string;
}

/** Runs the steps within the saga's timeout. */
async function runStepsInTime(
  deps: RunDeps,
  run: SagaRun,
  progress: SagaProgress,
): Promise<Exclude<StepsEnd, { end: 'failed' }> | SagaFailure> {
  const finished = new AbortController();
  const left = Date.parse(progress.saga.timeout_at) - deps.clock.now().getTime();
  const expire = () => run.stop.abort(new SagaTimeout('the saga did not complete within its timeout'));
  if (left <= 0) expire();
  else deps.clock.sleep(left, finished.signal).then(expire, () => undefined);
  try {
    const ended = await runSteps(deps, run, progress);
    return ended.end === 'failed' ? { status: 'failed', error: ended.error } : ended;
  } catch (error) {
    run.abandon.throwIfAborted();
    if (error instanceof StopRequested)
      return { status: 'failed', error: `ended on request: ${error.message}` };
    if (error instanceof SagaTimeout) return { status: 'timeout', error: error.message };
    throw error;
  } finally {
    finished.abort();
  }
}

/** Records the failure and the steps that did not complete. @returns `compensating` when a step must be undone */
async function recordFailure(
  deps: RunDeps,
  run: SagaRun,
  progress: SagaProgress,
  { status, error }: SagaFailure,
): Promise<SagaStatus> {
  const changes = progress.steps.flatMap(({ row }): StepChange[] => {
    const { position } = row;
    if (row.status === 'pending') return [{ position, status: 'skipped' }];
    if (row.status !== 'running') return [];
    const interrupted = 'interrupted while running: it is not known whether the step took effect';
    return [{ position, status: 'failed', error: interrupted, completed: true }];
  });
  const undo = progress.steps.some(({ definition, row }) => isUndoable(definition, row));
  const next = undo ? 'compensating' : status;
  const type = undo ? 'compensation_started' : status === 'timeout' ? 'saga_timed_out' : 'saga_failed';
  await deps.journal.record(run.held, {
    event: { type, data: { reason: error } },
    saga: { status: next, error },
    steps: changes,
  });
  progress.saga.error = error;
  return next;
}

/**
 * Runs a saga from its recorded state until it ends or waits for an event.
 * @returns its status, or `parked`
 * @throws SagaTaken when another execution holds it; errors of the stores
 */
export async function runSaga(
  deps: RunDeps,
  run: SagaRun,
  progress: SagaProgress,
): Promise<SagaStatus | 'parked'> {
  if (progress.saga.status !== 'compensating') {
    const ended = await runStepsInTime(deps, run, progress);
    if ('end' in ended) return ended.end;
    const status = await recordFailure(deps, run, progress, ended);
    if (status !== 'compensating') return status;
  }
  return compensate(deps, run, progress);
}
