import { choreographyPrefix } from '../../../contracts/saga-service/events.ts';
import { backoffMs } from '../../../kit/service/backoff.ts';
import { raceAbort } from '../../../kit/service/race-abort.ts';
import type { SagaState, StepRow } from '../store/saga-row.ts';
import type { Run, RunnerDeps } from './run-context.ts';
import { stepBackoff } from './step-backoff.ts';
import { type StepDefinition, triggerOf } from './step-definition.ts';

/**
 * Waits until the event that sets off a step has come through the stream. For a step that names none the service
 * itself publishes one, again when it takes the saga over: it may have ended between its record and the stream.
 * Of several such events only the first counts.
 * @returns what the event says.
 */
export async function waitForTrigger(
  deps: RunnerDeps,
  run: Run,
  { saga, definition, row }: { saga: SagaState; definition: StepDefinition; row: StepRow },
): Promise<Record<string, unknown>> {
  const leaving = AbortSignal.any([run.gone.signal, run.stop.signal, deps.closing]);
  const present = await deps.journal.received(run.lease, row.position);
  if (present !== undefined) return present;
  for (let failed = 0; definition.on === undefined; ) {
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
      failed += 1;
      await deps.clock.sleep(backoffMs(stepBackoff, failed), leaving);
    }
  }
  run.slot.release();
  try {
    for (;;) {
      const wake = run.nextWake();
      const event = await deps.journal.received(run.lease, row.position);
      if (event !== undefined) return event;
      await raceAbort(wake, leaving);
    }
  } finally {
    await run.slot.take(run.gone.signal);
  }
}
