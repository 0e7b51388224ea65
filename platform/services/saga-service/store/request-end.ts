import { problem } from '../../../kit/http/problem.ts';
import type { Database, Transaction } from '../../../kit/postgres/database.ts';
import type { Clock } from '../../../kit/service/clock.ts';
import { appendEvent } from './journal.ts';
import { type SagaKey, type SagaState, sagaColumns } from './saga-row.ts';

export interface EndRequest {
  reason: string;
  /** `cancel` ends an unfinished saga; `compensate` also undoes one that has ended. */
  kind: 'cancel' | 'compensate';
  /** Whether to undo a completed saga. */
  force: boolean;
}

/** Starts a durable run of a saga in a transaction. */
export type StartRun = (tx: Transaction, run: number) => Promise<void>;

/** Whether a completed step of the saga can be undone. */
function hasUndoableStep(steps: readonly { step_id: string; status: string }[], saga: SagaState): boolean {
  const undoable = new Set(
    saga.definition.filter((step) => step.compensation_action).map(({ step_id }) => step_id),
  );
  return steps.some((step) => step.status === 'completed' && undoable.has(step.step_id));
}

/**
 * Requests that a saga ends and is undone. An unfinished saga is stopped by the process that runs it; for one that
 * waits for an event, or that has ended, a new run is started.
 * @param grantId with which to undo a saga that has ended
 * @returns whether that grant is used
 * @throws ProblemError `not_found`; `conflict` when there is nothing to end or undo
 */
export async function requestEnd(
  deps: { database: Database; clock: Clock; startRun: StartRun; grantId: string | null },
  key: SagaKey,
  request: EndRequest,
): Promise<boolean> {
  const at = deps.clock.now().toISOString();
  const { tenantId, sagaId } = key;
  return deps.database.withTenant(key, async (tx) => {
    const { rows } = await tx.query<SagaState & { version: number; run: number; parked: boolean }>(
      `select ${sagaColumns}, definition, stop_reason, version, run, parked from sagas.sagas where id = $1 for update`,
      [sagaId],
    );
    const saga = rows[0];
    if (saga === undefined) throw problem('not_found');
    const { status, parked } = saga;
    const version = saga.version + 1;
    const run = saga.run + 1;
    if (status === 'pending' || status === 'running') {
      if (saga.stop_reason !== null) return false;
      await tx.query(
        `update sagas.sagas set stop_reason = $2, version = $3, updated_at = $4, parked = false,
           run = case when $5 then $6 else run end where id = $1`,
        [sagaId, request.reason, version, at, parked, run],
      );
      const event = { type: 'stop_requested', data: { reason: request.reason } };
      await appendEvent(tx, { tenantId, sagaId, version, event, at });
      if (parked) await deps.startRun(tx, run);
      return false;
    }
    if (status === 'compensating' || status === 'compensated') return false;
    if (request.kind === 'cancel') {
      if (status !== 'completed') return false;
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
    await tx.query(
      `update sagas.sagas set status = 'compensating', error = $2, version = $3, updated_at = $4, run = $5,
         grant_id = $6 where id = $1`,
      [sagaId, request.reason, version, at, run, deps.grantId],
    );
    const event = { type: 'compensation_started', data: { reason: request.reason } };
    await appendEvent(tx, { tenantId, sagaId, version, event, at });
    await deps.startRun(tx, run);
    return true;
  });
}
