import type { Database } from '../../../kit/postgres/database.ts';
import type { SagaKey } from './saga-row.ts';

export type Overdue = SagaKey;

/** Sagas of all tenants that wait for an event although their time is over. */
export async function findOverdue(database: Database, now: Date, atMost: number): Promise<Overdue[]> {
  const { rows } = await database.query<{ tenant_id: string; id: string; started_by: string }>(
    {
      name: 'overdue_sagas',
      text: 'select tenant_id, id, started_by from sagas.overdue_sagas($1, $2)',
    },
    [now.toISOString(), atMost],
  );
  return rows.map((row) => ({ tenantId: row.tenant_id, sagaId: row.id, userId: row.started_by }));
}
