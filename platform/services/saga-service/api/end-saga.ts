import { randomUUID } from 'node:crypto';
import { problem } from '../../../kit/http/problem.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import type { Clock } from '../../../kit/service/clock.ts';
import { appendEvent, type Lease, tenantOf } from '../store/journal.ts';
import { leaseSeconds } from '../store/leases.ts';
import { type SagaKey, type SagaState, sagaColumns } from '../store/saga-row.ts';

export interface EndRequest {
  reason: string;
  /** `cancel` ends what is not over; `compensate` also undoes what is. */
  kind: 'cancel' | 'compensate';
  /** Whether a completed saga is undone. */
  force: boolean;
}

/** Whether a completed step of the saga can be undone. */
function hasUndoableStep(steps: readonly { step_id: string; status: string }[], saga: SagaState): boolean {
  const undoable = new Set(
    saga.definition.filter((step) => step.compensation_action).map(({ step_id }) => step_id),
  );
  return steps.some((step) => step.status === 'completed' && undoable.has(step.step_id));
}

/**
 * Asks for a saga to end and be undone. One that runs is told to stop by whoever runs it; one that is over begins
 * its compensation with a lease of this process, whose caller's token it then has.
 * @returns the lease when this process is to compensate.
 * @throws ProblemError `conflict` when there is nothing to end or undo.
 */
export async function requestEnd(
  database: Database,
  clock: Clock,
  key: SagaKey,
  request: EndRequest,
): Promise<Lease | undefined> {
  const at = clock.now().toISOString();
  const { tenantId, sagaId } = key;
  return database.withTenant(tenantOf(key), async (tx) => {
    const { rows } = await tx.query<SagaState & { version: number }>(
      `select ${sagaColumns}, definition, stop_reason, version from sagas.sagas where id = $1 for update`,
      [sagaId],
    );
    const saga = rows[0];
    if (saga === undefined) throw problem('not_found');
    const { status } = saga;
    if (status === 'pending' || status === 'running') {
      if (saga.stop_reason !== null) return undefined;
      const version = saga.version + 1;
      await tx.query('update sagas.sagas set stop_reason = $2, version = $3, updated_at = $4 where id = $1', [
        sagaId,
        request.reason,
        version,
        at,
      ]);
      const event = { type: 'stop_requested', data: { reason: request.reason } };
      await appendEvent(tx, { tenantId, sagaId, version, event, at });
      return undefined;
    }
    if (status === 'compensating' || status === 'compensated') return undefined;
    if (request.kind === 'cancel') {
      if (status !== 'completed') return undefined;
      throw problem('conflict', { message: 'The saga has completed.' });
    }
    if (status === 'completed' && !request.force)
      throw problem('conflict', { message: 'The saga has completed; only force undoes it.' });
    const steps = await tx.query<{ step_id: string; status: string }>(
      'select step_id, status from sagas.steps where saga_id = $1',
      [sagaId],
    );
    if (!hasUndoableStep(steps.rows, saga))
      throw problem('conflict', { message: 'Nothing is left that could be undone.' });
    const version = saga.version + 1;
    const lease = randomUUID();
    await tx.query(
      `update sagas.sagas set status = 'compensating', error = $2, version = $3, updated_at = $4, lease = $5,
         lease_until = now() + make_interval(secs => $6) where id = $1`,
      [sagaId, request.reason, version, at, lease, leaseSeconds],
    );
    const event = { type: 'compensation_started', data: { reason: request.reason } };
    await appendEvent(tx, { tenantId, sagaId, version, event, at });
    return { ...key, lease };
  });
}
