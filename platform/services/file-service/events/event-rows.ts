import type { Database, Tenant, Transaction } from '../../../kit/postgres/database.ts';

export type FileEventType = 'file_upload' | 'file_processed';

/** An event taken to be told. */
export interface ClaimedEvent {
  fileId: string;
  type: FileEventType;
  /** The tenant, and who uploaded the file. */
  tenant: Tenant;
  /** How often it has been taken, this time included. Whoever took it last may settle it. */
  attempts: number;
}

/**
 * Stores an event in the transaction of what it tells about, so that there is never one without the other. One that
 * has not been told yet and happens again is told once.
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

/** Takes the event that has been due longest; undefined when none is due. */
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

/** Forgets an event, unless it has been taken by somebody else or has happened again meanwhile. */
export async function forgetEvent(
  database: Database,
  { fileId, type, tenant, attempts }: ClaimedEvent,
): Promise<void> {
  await database.tenantQuery(
    tenant,
    {
      name: 'forget_file_event',
      text: 'delete from files.events where file_id = $1 and type = $2 and attempts = $3',
    },
    [fileId, type, attempts],
  );
}

/** Puts an event off, unless it has been taken by somebody else or has happened again meanwhile. */
export async function putOffEvent(
  database: Database,
  { fileId, type, tenant, attempts }: ClaimedEvent,
  { seconds }: { seconds: number },
): Promise<void> {
  await database.tenantQuery(
    tenant,
    {
      name: 'put_off_file_event',
      text: `update files.events set due_at = now() + make_interval(secs => $4)
             where file_id = $1 and type = $2 and attempts = $3`,
    },
    [fileId, type, attempts, seconds],
  );
}
