import { choreographyPrefix } from '../../../contracts/saga-service/events.ts';
import type { SagaStatus } from '../../../contracts/saga-service/sagas.ts';
import { describeFailure } from '../../../kit/service/describe-failure.ts';
import type { Entry, StepChange } from '../store/journal.ts';
import { compensate } from './compensate.ts';
import type { Progress, Run, RunnerDeps } from './run-context.ts';
import { runStep } from './run-step.ts';
import { SagaTimeout, StopRequested } from './saga-signals.ts';
import type { StepDefinition } from './step-definition.ts';
import { isUndoable } from './step-values.ts';
import { waitForTrigger } from './wait-for-trigger.ts';

/** Why a saga did not complete. */
interface Ending {
  status: Extract<SagaStatus, 'failed' | 'timeout'>;
  error: string;
}

/**
 * Records and then obeys: a request to end, the end of the saga's time, or of the process, takes effect only after
 * what happened has been written down.
 */
async function note(deps: RunnerDeps, run: Run, entry: Entry): Promise<void> {
  const reason = await deps.journal.record(run.lease, entry);
  run.gone.signal.throwIfAborted();
  if (reason !== null) throw new StopRequested(reason);
  run.stop.signal.throwIfAborted();
  deps.closing.throwIfAborted();
}

/** Steps in order until the last. @returns why it ended early; undefined when it completed. */
async function goForward(deps: RunnerDeps, run: Run, progress: Progress): Promise<Ending | undefined> {
  const { saga, steps } = progress;
  const choreographed = saga.pattern === 'choreography';
  const fact = async (step: StepDefinition, outcome: string, error?: string) => {
    if (!choreographed) return;
    const type = `${choreographyPrefix}${step.service}.${outcome}`;
    try {
      await deps.publish({
        type,
        tenantId: saga.tenant_id,
        userId: saga.started_by,
        correlationId: saga.saga_id,
        data: { step_id: step.step_id, ...(error === undefined ? {} : { error }) },
      });
    } catch (failure) {
      // Told for the benefit of others; the log of the saga is what counts.
      deps.log.warn({ err: describeFailure(failure), type, saga_id: saga.saga_id }, 'event not published');
    }
  };
  if (saga.stop_reason !== null) throw new StopRequested(saga.stop_reason);
  await note(deps, run, {
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
            note: (entry) => note(deps, run, entry),
          });
    if (failure === undefined) {
      await fact(definition, 'step_completed');
    } else if (definition.optional) {
      row.status = 'skipped';
      await note(deps, run, {
        event: { type: 'step_skipped', data: { step_id: row.step_id, error: failure } },
        steps: [{ position: row.position, status: 'skipped', error: failure, completed: true }],
      });
    } else {
      await fact(definition, 'step_failed', failure);
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

/** Forward within the saga's time. */
async function goForwardInTime(deps: RunnerDeps, run: Run, progress: Progress): Promise<Ending | undefined> {
  const over = new AbortController();
  const left = Date.parse(progress.saga.timeout_at) - deps.clock.now().getTime();
  deps.clock.sleep(Math.max(left, 0), over.signal).then(
    () => run.stop.abort(new SagaTimeout('the saga was not complete in its time')),
    () => undefined,
  );
  try {
    return await goForward(deps, run, progress);
  } catch (error) {
    run.gone.signal.throwIfAborted();
    if (error instanceof StopRequested)
      return { status: 'failed', error: `ended on request: ${error.message}` };
    if (error instanceof SagaTimeout) return { status: 'timeout', error: error.message };
    throw error;
  } finally {
    over.abort();
  }
}

/** Writes down why the saga ends, what of it was never begun, and whether anything is to be undone. */
async function recordEnding(
  deps: RunnerDeps,
  run: Run,
  progress: Progress,
  { status, error }: Ending,
): Promise<SagaStatus> {
  const changes = progress.steps.flatMap(({ row }): StepChange[] => {
    const { position } = row;
    if (row.status === 'pending') return [{ position, status: 'skipped' }];
    if (row.status !== 'running') return [];
    const unknown = 'ended while it was at work: whether it took effect is not known';
    return [{ position, status: 'failed', error: unknown, completed: true }];
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

/** How a saga ended, and when it had been stored. */
export interface Outcome {
  status: SagaStatus;
  createdAt: string;
}

/**
 * Runs a saga from where it stands to its end.
 * @throws LeaseLost or Stopping when this process has to let go of it; errors of the stores.
 */
export async function runSaga(deps: RunnerDeps, run: Run): Promise<Outcome> {
  const { saga, steps } = await deps.journal.load(run.lease);
  const progress: Progress = {
    saga,
    steps: steps.map((row) => {
      const definition = saga.definition[row.position];
      if (definition === undefined)
        throw new Error(`saga ${saga.saga_id} has no definition of ${row.step_id}`);
      return { definition, row };
    }),
  };
  const createdAt = saga.created_at;
  if (saga.status !== 'compensating') {
    const ending = await goForwardInTime(deps, run, progress);
    if (ending === undefined) return { status: 'completed', createdAt };
    const status = await recordEnding(deps, run, progress, ending);
    if (status !== 'compensating') return { status, createdAt };
  }
  return { status: await compensate(deps, run, progress), createdAt };
}
