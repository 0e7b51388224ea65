import { choreographyPrefix } from '../../../contracts/saga-service/events.ts';
import { ProblemError } from '../../../kit/http/problem.ts';
import type { Database, Transaction } from '../../../kit/postgres/database.ts';
import type { Clock } from '../../../kit/service/clock.ts';
import { appendEvent } from '../store/journal.ts';
import type { SagaKey } from '../store/saga-row.ts';
import type { StreamEvent } from './event-stream.ts';
import type { Trigger } from './start-triggered.ts';

export interface ReactionDeps {
  database: Database;
  clock: Clock;
  /** Starts the next run of a saga that waits for the event. */
  startRun(tx: Transaction, key: SagaKey, run: number): Promise<void>;
  /** Starts the sagas that an event triggers. Idempotent. */
  startTriggered(event: Trigger, authority: { grantId: string | undefined }): Promise<void>;
}

/** Locks sagas before their steps, in the same order as the process that runs them. */
const lockWaiting = {
  name: 'lock_waiting_sagas',
  text: `
    select g.id from sagas.sagas g
    where g.status in ('pending', 'running') and ($2::uuid is null or g.id = $2)
      and ($3::uuid is null or g.workspace_id = $3)
      and exists (
        select from sagas.steps s
        where s.tenant_id = g.tenant_id and s.saga_id = g.id and s.waits_for = $1 and s.received is null
          and s.status = 'pending'
      )
    order by g.id for update`,
};

/** Selects the first step of each saga that waits for this event. Only the first event of a step counts. */
const receive = {
  name: 'receive_event',
  text: `
    with next as (
      select s.saga_id, min(s.position) as position from sagas.steps s
      where s.saga_id = any ($1::uuid[]) and s.waits_for = $2 and s.received is null and s.status = 'pending'
        and ($3::text is null or s.step_id = $3)
      group by s.saga_id
    )
    update sagas.steps t set received = $4
    from next where t.saga_id = next.saga_id and t.position = next.position
    returning t.saga_id, t.step_id`,
};

/** Counts the event in the log of a saga. A parked saga gets its next run. */
const continueParked = {
  name: 'continue_parked_saga',
  text: `
    update sagas.sagas g
    set version = g.version + 1, run = g.run + before.parked::integer, parked = false
    from (select id, parked from sagas.sagas where id = $1) as before
    where g.id = before.id
    returning g.version, g.run, g.started_by, before.parked as resumes`,
};

/** Delivers an event to the sagas of its tenant that wait for it, and starts the templates it triggers. */
export async function reactToEvent(deps: ReactionDeps, event: StreamEvent): Promise<void> {
  const { tenantId, userId, type } = event;
  const own = type.startsWith(choreographyPrefix);
  const stepId = own && typeof event.data.step_id === 'string' ? event.data.step_id : null;
  const at = deps.clock.now().toISOString();
  await deps.database.withTenant({ tenantId, userId }, async (tx) => {
    const locked = await tx.query<{ id: string }>(lockWaiting, [
      type,
      event.correlationId ?? null,
      event.workspaceId ?? null,
    ]);
    const { rows } = await tx.query<{ saga_id: string; step_id: string }>(receive, [
      locked.rows.map(({ id }) => id),
      type,
      stepId,
      JSON.stringify(event.data),
    ]);
    for (const row of rows) {
      const raised = await tx.query<{ version: number; run: number; started_by: string; resumes: boolean }>(
        continueParked,
        [row.saga_id],
      );
      const data = { step_id: row.step_id, type, event_id: event.id };
      const { version = 0, run = 0, started_by = userId, resumes = false } = raised.rows[0] ?? {};
      const logged = { type: 'event_received', data };
      await appendEvent(tx, { tenantId, sagaId: row.saga_id, version, event: logged, at });
      if (resumes) await deps.startRun(tx, { tenantId, sagaId: row.saga_id, userId: started_by }, run);
    }
  });
  // Only services publish events without a workspace. Those of users have started their sagas when they were published,
  // with the user's token: a user cannot bring the grant of another one.
  if (own || event.workspaceId !== undefined) return;
  const { workspace_id: named, grant_id: granted } = event.data;
  const grantId = typeof granted === 'string' ? granted : undefined;
  const workspaceId = typeof named === 'string' ? named : null;
  try {
    await deps.startTriggered({ ...event, workspaceId }, { grantId });
  } catch (error) {
    // A retry does not help when the data does not match the template.
    if (!(error instanceof ProblemError) || error.status >= 500 || error.status === 429) throw error;
  }
}
