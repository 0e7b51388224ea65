import { randomUUID } from 'node:crypto';
import { problem } from '../../../kit/http/problem.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import type { Clock } from '../../../kit/service/clock.ts';
import { appendEvent, type Lease } from './journal.ts';
import { leaseSeconds } from './leases.ts';
import { type SagaKey, type SagaState, sagaColumns } from './saga-row.ts';

export interface EndRequest {
  reason: string;
  /** `cancel` ends an unfinished saga; `compensate` also undoes one that has ended. */
  kind: 'cancel' | 'compensate';
  /** Whether to undo a completed saga. */
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
 * Requests that a saga ends and is undone. An unfinished saga is stopped by the process that runs it. A saga that has
 * ended begins its compensation under a lease of this process, which has the token of the request.
 * @returns the lease when this process must compensate
 * @throws ProblemError `not_found`; `conflict` when there is nothing to end or undo
 */
export async function requestEnd(
  database: Database,
  clock: Clock,
  key: SagaKey,
  request: EndRequest,
): Promise<Lease | undefined> {
  const at = clock.now().toISOString();
  const { tenantId, sagaId } = key;
  return database.withTenant(key, async (tx) => {
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
      throw problem('conflict', { message: 'The saga has completed. Set force to undo it.' });
    const steps = await tx.query<{ step_id: string; status: string }>(
      'select step_id, status from sagas.steps where saga_id = $1',
      [sagaId],
    );
    if (!hasUndoableStep(steps.rows, saga))
      throw problem('conflict', { message: 'No completed step can be undone.' });
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
