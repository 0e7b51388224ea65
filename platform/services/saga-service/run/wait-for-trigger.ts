import { choreographyPrefix } from '../../../contracts/saga-service/events.ts';
import { backoffMs } from '../../../kit/service/backoff.ts';
import { raceAbort } from '../../../kit/service/race-abort.ts';
import { type StepDefinition, triggerOf } from '../steps/step-definition.ts';
import type { SagaState, StepRow } from '../store/saga-row.ts';
import { attemptBackoff } from './attempt.ts';
import type { RunDeps, SagaRun } from './saga-run.ts';

/**
 * Waits until the event that triggers a step arrives through the stream. For a step without `on` the service
 * publishes the event itself. It publishes it again after a takeover, because the previous process may have ended
 * before it did. Only the first such event counts.
 * @returns the data of the event
 */
export async function waitForTrigger(
  deps: RunDeps,
  run: SagaRun,
  { saga, definition, row }: { saga: SagaState; definition: StepDefinition; row: StepRow },
): Promise<Record<string, unknown>> {
  const signal = AbortSignal.any([run.abandon.signal, run.stop.signal, deps.closing]);
  const received = await deps.journal.received(run.lease, row.position);
  if (received !== undefined) return received;
  for (let failures = 0; definition.on === undefined; ) {
    try {
      await deps.publish({
        type: triggerOf(definition, choreographyPrefix),
        tenantId: saga.tenant_id,
        userId: saga.started_by,
        correlationId: saga.saga_id,
        data: { step_id: row.step_id },
      });
      break;
    } catch {
      failures += 1;
      await deps.clock.sleep(backoffMs(attemptBackoff, failures), signal);
    }
  }
  run.slot.release();
  try {
    for (;;) {
      const wake = run.nextWake();
      const event = await deps.journal.received(run.lease, row.position);
      if (event !== undefined) return event;
      await raceAbort(wake, signal);
    }
  } finally {
    await run.slot.acquire(run.abandon.signal);
  }
}
