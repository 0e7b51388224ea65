import { choreographyPrefix } from '../../../contracts/saga-service/events.ts';
import type { SagaStatus } from '../../../contracts/saga-service/sagas.ts';
import { describeFailure } from '../../../kit/service/describe-failure.ts';
import type { StepDefinition } from '../steps/step-definition.ts';
import { isUndoable } from '../steps/step-values.ts';
import type { JournalEntry, StepChange } from '../store/journal.ts';
import { compensate } from './compensate.ts';
import { runStep } from './run-step.ts';
import type { RunDeps, SagaProgress, SagaRun } from './saga-run.ts';
import { SagaTimeout, StopRequested } from './saga-signals.ts';
import { waitForTrigger } from './wait-for-trigger.ts';

/** Why a saga did not complete. */
interface SagaFailure {
  status: Extract<SagaStatus, 'failed' | 'timeout'>;
  error: string;
}

/**
 * Records an entry, then throws when the saga must stop: a request to end, the timeout and the end of the process
 * take effect only after the entry is written.
 */
async function recordAndCheck(deps: RunDeps, run: SagaRun, entry: JournalEntry): Promise<void> {
  const reason = await deps.journal.record(run.lease, entry);
  run.abandon.signal.throwIfAborted();
  if (reason !== null) throw new StopRequested(reason);
  run.stop.signal.throwIfAborted();
  deps.closing.throwIfAborted();
}

/** Runs the steps in order. @returns why the saga failed; undefined when it completed */
async function runSteps(
  deps: RunDeps,
  run: SagaRun,
  progress: SagaProgress,
): Promise<SagaFailure | undefined> {
  const { saga, steps } = progress;
  const choreographed = saga.pattern === 'choreography';
  const publish = async (event: string, step: StepDefinition, error?: string) => {
    if (!choreographed) return;
    const type = `${choreographyPrefix}${step.service}.${event}`;
    try {
      await deps.publish({
        type,
        tenantId: saga.tenant_id,
        userId: saga.started_by,
        correlationId: saga.saga_id,
        data: { step_id: step.step_id, ...(error === undefined ? {} : { error }) },
      });
    } catch (failure) {
      // The event only informs others; the journal is authoritative.
      deps.log.warn({ err: describeFailure(failure), type, saga_id: saga.saga_id }, 'event not published');
    }
  };
  if (saga.stop_reason !== null) throw new StopRequested(saga.stop_reason);
  await recordAndCheck(deps, run, {
    event: { type: run.resumed ? 'saga_resumed' : 'saga_running', data: {} },
    saga: { status: 'running' },
  });
  for (const { definition, row } of steps) {
    if (row.status === 'completed' || row.status === 'skipped') continue;
    const event = choreographed ? await waitForTrigger(deps, run, { saga, definition, row }) : undefined;
    const failure =
      row.status === 'failed'
        ? (row.error ?? 'failed')
        : await runStep(deps, run, {
            progress,
            definition,
            row,
            event,
            record: (entry) => recordAndCheck(deps, run, entry),
          });
    if (failure === undefined) {
      await publish('step_completed', definition);
    } else if (definition.optional) {
      row.status = 'skipped';
      await recordAndCheck(deps, run, {
        event: { type: 'step_skipped', data: { step_id: row.step_id, error: failure } },
        steps: [{ position: row.position, status: 'skipped', error: failure, completed: true }],
      });
    } else {
      await publish('step_failed', definition, failure);
      return { status: 'failed', error: `${row.step_id}: ${failure}` };
    }
  }
  await deps.journal.record(run.lease, {
    event: { type: 'saga_completed', data: {} },
    saga: { status: 'completed', error: null },
    unlessStopped: true,
  });
  return undefined;
}

/** Runs the steps within the saga's timeout. */
async function runStepsInTime(
  deps: RunDeps,
  run: SagaRun,
  progress: SagaProgress,
): Promise<SagaFailure | undefined> {
  const finished = new AbortController();
  const left = Date.parse(progress.saga.timeout_at) - deps.clock.now().getTime();
  deps.clock.sleep(Math.max(left, 0), finished.signal).then(
    () => run.stop.abort(new SagaTimeout('the saga did not complete within its timeout')),
    () => undefined,
  );
  try {
    return await runSteps(deps, run, progress);
  } catch (error) {
    run.abandon.signal.throwIfAborted();
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
  const undo = progress.steps.filter(({ definition, row }) => isUndoable(definition, row));
  const next = undo.length > 0 ? 'compensating' : status;
  const type =
    undo.length > 0 ? 'compensation_started' : status === 'timeout' ? 'saga_timed_out' : 'saga_failed';
  await deps.journal.record(run.lease, {
    event: { type, data: { reason: error } },
    saga: { status: next, error },
    steps: changes,
  });
  progress.saga.error = error;
  return next;
}

/** How a saga ended, and when it was stored. */
export interface SagaEnd {
  status: SagaStatus;
  createdAt: string;
}

/**
 * Runs a saga from its recorded state to its end.
 * @throws LeaseLost or Stopping when this process must abandon the saga; errors of the stores
 */
export async function runSaga(deps: RunDeps, run: SagaRun): Promise<SagaEnd> {
  const { saga, steps } = await deps.journal.load(run.lease);
  const progress: SagaProgress = {
    saga,
    steps: steps.map((row) => {
      const definition = saga.definition[row.position];
      if (definition === undefined)
        throw new Error(`saga ${saga.saga_id} has no definition of step ${row.step_id}`);
      return { definition, row };
    }),
  };
  const createdAt = saga.created_at;
  if (saga.status !== 'compensating') {
    const failure = await runStepsInTime(deps, run, progress);
    if (failure === undefined) return { status: 'completed', createdAt };
    const status = await recordFailure(deps, run, progress, failure);
    if (status !== 'compensating') return { status, createdAt };
  }
  return { status: await compensate(deps, run, progress), createdAt };
}
