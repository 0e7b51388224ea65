import { choreographyPrefix } from '../../../contracts/saga-service/events.ts';
import { backoffMs } from '../../../kit/service/backoff.ts';
import { describeFailure } from '../../../kit/service/describe-failure.ts';
import { isMet } from '../steps/condition.ts';
import { dependenciesOf } from '../steps/dependencies.ts';
import { type StepDefinition, triggerOf } from '../steps/step-definition.ts';
import { valuesOf } from '../steps/step-values.ts';
import type { JournalEntry } from '../store/journal-entry.ts';
import type { StepRow } from '../store/saga-row.ts';
import { attemptBackoff } from './attempt.ts';
import { attemptEntry, runStep } from './run-step.ts';
import type { RunDeps, SagaProgress, SagaRun, SagaStepProgress } from './saga-run.ts';
import { StopRequested } from './saga-signals.ts';

/** Maximum number of steps of one saga that run at the same time. */
const maxParallel = 10;

/** How the steps ended: all completed, one failed (the reason), or a step waits for an event. */
export type StepsEnd = { end: 'completed' | 'parked' } | { end: 'failed'; error: string };

/** How a step starts. */
interface Launch {
  /** The event that triggers it, in a choreographed saga. */
  event?: Record<string, unknown> | undefined;
  /** Resolves when its first attempt is recorded; absent when it is not recorded yet. */
  recorded?: Promise<void>;
}

const completion: JournalEntry = {
  event: { type: 'saga_completed', data: {} },
  saga: { status: 'completed', error: null },
};

const isSettled = ({ row }: SagaStepProgress) => row.status === 'completed' || row.status === 'skipped';

/**
 * Runs the steps whose dependencies are settled, until all are. After a failure no further step starts, and those that
 * run may finish: what they did is known then and can be undone.
 */
export async function runSteps(deps: RunDeps, run: SagaRun, progress: SagaProgress): Promise<StepsEnd> {
  const { saga, steps } = progress;
  const choreographed = saga.pattern === 'choreography';
  const dependencies = dependenciesOf(steps.map(({ definition }) => definition));
  const running = new Map<SagaStepProgress, Promise<void>>();
  const trouble: { failed?: string; broken?: { error: unknown } } = {};
  let isCompleted = false;

  /**
   * Records an entry and the first attempts of the steps that begin with it, then throws when the saga must stop: a
   * request to end and the timeout take effect afterwards.
   */
  async function record(entry: JournalEntry, beginning: readonly SagaStepProgress[] = []): Promise<void> {
    const reason = await deps.journal.record(
      run.held,
      entry,
      beginning.map(({ row }) => attemptEntry(row)),
    );
    if (reason !== null) throw new StopRequested(reason);
    for (const { row } of beginning)
      Object.assign(row, { status: 'running', attempts: row.attempts + 1 } satisfies Partial<StepRow>);
    run.stop.signal.throwIfAborted();
    run.abandon.throwIfAborted();
  }

  /** The steps whose dependencies are settled, as many as there is room for beside those that run. */
  function startable(room: number): SagaStepProgress[] {
    if (trouble.failed !== undefined || trouble.broken !== undefined) return [];
    const ready = steps.filter(
      (step, index) =>
        !isSettled(step) &&
        !running.has(step) &&
        dependencies[index]?.every((other) => isSettled(steps[other] as SagaStepProgress)),
    );
    return ready.slice(0, Math.max(0, room));
  }

  /** Records an entry together with the first attempts of the steps that can start now, and launches those. */
  async function recordAndLaunch(entry: JournalEntry, room: number): Promise<void> {
    // A condition is judged, and an event awaited, before a step begins.
    const isPlain = ({ definition, row }: SagaStepProgress) =>
      !choreographed && definition.when === undefined && row.status === 'pending';
    const beginning = startable(room).filter(isPlain);
    const recorded = record(entry, beginning);
    for (const step of beginning) launch(step, { recorded });
    await recorded;
  }

  /** Records the success of a step and begins those that waited for it, or ends the saga with its last step. */
  async function recordSuccess(entry: JournalEntry): Promise<void> {
    const isLast = !choreographed && running.size === 1 && steps.every(isSettled);
    if (!isLast) return recordAndLaunch(entry, maxParallel - running.size + 1);
    const reason = await deps.journal.record(run.held, entry, [completion]);
    if (reason !== null) throw new StopRequested(reason);
    isCompleted = true;
  }

  async function publish(type: string, data: Record<string, unknown>): Promise<void> {
    const { tenant_id: tenantId, started_by: userId, saga_id: correlationId } = saga;
    await deps.publish({ type, tenantId, userId, correlationId, data });
  }

  async function inform(event: string, step: StepDefinition, error?: string): Promise<void> {
    if (!choreographed) return;
    const type = `${choreographyPrefix}${step.service}.${event}`;
    try {
      await publish(type, { step_id: step.step_id, ...(error === undefined ? {} : { error }) });
    } catch (failure) {
      // The event only informs others; the journal is authoritative.
      deps.log.warn({ err: describeFailure(failure), type, saga_id: saga.saga_id }, 'event not published');
    }
  }

  function skip({ row }: SagaStepProgress, data: { error?: string; reason?: string }): Promise<void> {
    row.status = 'skipped';
    const { position, step_id } = row;
    return record({
      event: { type: 'step_skipped', data: { step_id, ...data } },
      steps: [
        {
          position,
          status: 'skipped',
          completed: true,
          ...(data.error === undefined ? {} : { error: data.error }),
        },
      ],
    });
  }

  async function runOne(step: SagaStepProgress, { event, recorded }: Launch): Promise<void> {
    await recorded;
    const { definition, row } = step;
    const rows = steps.map((other) => other.row);
    const values = valuesOf(saga, rows, event === undefined ? {} : { event });
    if (definition.when !== undefined && row.status === 'pending' && !isMet(definition.when, values)) {
      await skip(step, { reason: 'its condition is not met' });
      return;
    }
    const failure =
      row.status === 'failed'
        ? (row.error ?? 'failed')
        : await runStep(deps, run, {
            progress,
            definition,
            row,
            event,
            begun: recorded !== undefined,
            record,
            recordSuccess,
          });
    if (failure === undefined) {
      await inform('step_completed', definition);
    } else if (definition.optional) {
      await skip(step, { error: failure });
    } else {
      await inform('step_failed', definition, failure);
      trouble.failed ??= `${row.step_id}: ${failure}`;
    }
  }

  /**
   * The event that triggers a step of a choreographed saga; undefined after the saga was parked until it arrives. For a
   * step without `on` the service publishes the event itself, again after a crash. Only the first such event counts.
   */
  async function awaitTrigger({
    definition,
    row,
  }: SagaStepProgress): Promise<Record<string, unknown> | undefined> {
    const signal = AbortSignal.any([run.abandon, run.stop.signal]);
    const received = await deps.journal.received(run.held, row.position);
    if (received !== undefined) return received;
    for (let failures = 1; definition.on === undefined; failures += 1) {
      try {
        await publish(triggerOf(definition, choreographyPrefix), { step_id: row.step_id });
        break;
      } catch {
        await deps.clock.sleep(backoffMs(attemptBackoff, failures), signal);
      }
    }
    return deps.journal.park(run.held, row.position);
  }

  function launch(step: SagaStepProgress, how: Launch): void {
    const ended = runOne(step, how)
      .catch((error: unknown) => {
        trouble.broken ??= { error };
      })
      .finally(() => running.delete(step));
    running.set(step, ended);
  }

  if (saga.stop_reason !== null) throw new StopRequested(saga.stop_reason);
  run.stop.signal.throwIfAborted();
  if (saga.status === 'pending' || saga.holder !== null) {
    const type = saga.status === 'pending' ? 'saga_running' : 'saga_resumed';
    await recordAndLaunch({ event: { type, data: {} }, saga: { status: 'running' } }, maxParallel);
  }
  for (;;) {
    for (const step of startable(maxParallel - running.size)) {
      const event = choreographed ? await awaitTrigger(step) : undefined;
      if (choreographed && event === undefined) return { end: 'parked' };
      launch(step, { event });
    }
    if (running.size === 0) break;
    await Promise.race(running.values());
  }
  if (trouble.broken !== undefined) throw trouble.broken.error;
  if (trouble.failed !== undefined) return { end: 'failed', error: trouble.failed };
  if (!isCompleted) await deps.journal.record(run.held, { ...completion, unlessStopped: true });
  return { end: 'completed' };
}
