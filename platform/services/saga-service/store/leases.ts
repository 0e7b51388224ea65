import type { Database } from '../../../kit/postgres/database.ts';
import type { Lease } from './journal.ts';

/** How long a saga stays leased to a process that no longer renews its lease, seconds. */
export const leaseSeconds = 30;

/** Claims the oldest abandoned saga, for exactly one process; undefined when there is none. */
export async function claimSaga(database: Database): Promise<Lease | undefined> {
  const { rows } = await database.query<{ tenant_id: string; id: string; started_by: string; lease: string }>(
    { name: 'claim_saga', text: 'select tenant_id, id, started_by, lease from sagas.claim_saga($1)' },
    [leaseSeconds],
  );
  const row = rows[0];
  return row && { tenantId: row.tenant_id, sagaId: row.id, userId: row.started_by, lease: row.lease };
}

/** Renews leases. @returns those that this process still holds */
export async function renewLeases(database: Database, leases: readonly string[]): Promise<Set<string>> {
  const { rows } = await database.query<{ lease: string }>(
    { name: 'renew_leases', text: 'select lease from sagas.renew_leases($1, $2)' },
    [leases, leaseSeconds],
  );
  return new Set(rows.map(({ lease }) => lease));
}

/** Releases leases; another process can claim their sagas at once. */
export async function releaseLeases(database: Database, leases: readonly string[]): Promise<void> {
  if (leases.length > 0) await database.query('select sagas.release_leases($1)', [leases]);
}
