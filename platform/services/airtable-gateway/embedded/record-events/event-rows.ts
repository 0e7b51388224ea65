import type { RecordEvent } from '../../../../contracts/automation-services/record-events.ts';
import type { Database, Tenant } from '../../../../kit/postgres/database.ts';
import type { StoredEvent } from './save-record-events.ts';

/** An event claimed for delivery. */
export interface ClaimedEvent {
  id: string;
  /** The tenant, and the user who made the change. */
  tenant: Tenant;
  /** Number of claims, this one included. Only the latest claim may delete or postpone the event. */
  attempts: number;
}

/** Claims the event that has been due for the longest time; undefined when none is due. */
export async function claimEvent(
  database: Database,
  { leaseSeconds }: { leaseSeconds: number },
): Promise<ClaimedEvent | undefined> {
  const { rows } = await database.query<{
    id: string;
    tenant_id: string;
    actor_id: string;
    attempts: number;
  }>('select id, tenant_id, actor_id, attempts from airtable.claim_record_event($1)', [leaseSeconds]);
  const [row] = rows;
  return (
    row && {
      id: row.id,
      tenant: { tenantId: row.tenant_id, userId: row.actor_id },
      attempts: row.attempts,
    }
  );
}

/** The body to send; undefined when the base was deleted. */
export async function loadEvent(
  database: Database,
  { id, tenant }: ClaimedEvent,
): Promise<RecordEvent | undefined> {
  const { rows } = await database.tenantQuery<{ event: StoredEvent; actor_id: string }>(
    tenant,
    {
      name: 'airtable_load_record_event',
      text: 'select event, actor_id from airtable.record_events where id = $1',
    },
    [id],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  return {
    event_id: id,
    tenant_id: tenant.tenantId,
    ...row.event,
    actor: { ...row.event.actor, user_id: row.actor_id },
  };
}

/** Deletes an event, unless another process has claimed it. */
export async function deleteEvent(database: Database, { id, tenant, attempts }: ClaimedEvent): Promise<void> {
  await database.tenantQuery(
    tenant,
    {
      name: 'airtable_delete_record_event',
      text: 'delete from airtable.record_events where id = $1 and attempts = $2',
    },
    [id, attempts],
  );
}

/** Postpones an event, unless another process has claimed it. */
export async function postponeEvent(
  database: Database,
  { id, tenant, attempts }: ClaimedEvent,
  { seconds }: { seconds: number },
): Promise<void> {
  await database.tenantQuery(
    tenant,
    {
      name: 'airtable_postpone_record_event',
      text: `update airtable.record_events set due_at = now() + make_interval(secs => $3)
             where id = $1 and attempts = $2`,
    },
    [id, attempts, seconds],
  );
}
