import type { Database, Tenant, Transaction } from '../../../kit/postgres/database.ts';

export type FileEventType = 'file_upload' | 'file_processed';

/** An event claimed for delivery. */
export interface ClaimedEvent {
  fileId: string;
  type: FileEventType;
  /** The tenant and the user who uploaded the file. */
  tenant: Tenant;
  /** Number of claims, this one included. Only the latest claim may delete or postpone the event. */
  attempts: number;
}

/**
 * Stores an event in the outbox, in the transaction of the change that it reports. An undelivered event that happens
 * again is delivered once.
 */
export async function storeEvent(tx: Transaction, fileId: string, type: FileEventType): Promise<void> {
  await tx.query(
    {
      name: 'store_file_event',
      text: `insert into files.events (file_id, tenant_id, user_id, type)
             select id, tenant_id, uploaded_by, $2 from files.files where id = $1
             on conflict (file_id, type) do update set attempts = 0, due_at = now()`,
    },
    [fileId, type],
  );
}

/** Claims the event that has been due for the longest time; undefined when none is due. */
export async function claimEvent(
  database: Database,
  { leaseSeconds }: { leaseSeconds: number },
): Promise<ClaimedEvent | undefined> {
  const { rows } = await database.query<{
    file_id: string;
    tenant_id: string;
    user_id: string;
    type: FileEventType;
    attempts: number;
  }>('select file_id, tenant_id, user_id, type, attempts from files.claim_event($1)', [leaseSeconds]);
  const [row] = rows;
  return (
    row && {
      fileId: row.file_id,
      type: row.type,
      tenant: { tenantId: row.tenant_id, userId: row.user_id },
      attempts: row.attempts,
    }
  );
}

/** Deletes an event, unless another process has claimed it or it has happened again. */
export async function deleteEvent(
  database: Database,
  { fileId, type, tenant, attempts }: ClaimedEvent,
): Promise<void> {
  await database.tenantQuery(
    tenant,
    {
      name: 'delete_file_event',
      text: 'delete from files.events where file_id = $1 and type = $2 and attempts = $3',
    },
    [fileId, type, attempts],
  );
}

/** Postpones an event, unless another process has claimed it or it has happened again. */
export async function postponeEvent(
  database: Database,
  { fileId, type, tenant, attempts }: ClaimedEvent,
  { seconds }: { seconds: number },
): Promise<void> {
  await database.tenantQuery(
    tenant,
    {
      name: 'postpone_file_event',
      text: `update files.events set due_at = now() + make_interval(secs => $4)
             where file_id = $1 and type = $2 and attempts = $3`,
    },
    [fileId, type, attempts, seconds],
  );
}
