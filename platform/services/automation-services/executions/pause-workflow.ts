import type { Trigger } from '../../../contracts/automation-services/workflow-steps.ts';
import type { Database, Tenant, Transaction } from '../../../kit/postgres/database.ts';

/**
 * Pauses a workflow that may no longer do what it does, with the reason. Its owner continues it by saving it.
 * @returns its triggers; none when it was not active
 */
export async function pauseWorkflow(
  database: Database,
  tenant: Tenant,
  { id, reason }: { id: string; reason: string },
): Promise<Trigger[]> {
  return database.withTenant(tenant, (tx) => pauseWorkflowIn(tx, { id, reason }));
}

/** The same in a transaction of the workflow's tenant. */
export async function pauseWorkflowIn(
  tx: Transaction,
  { id, reason }: { id: string; reason: string },
): Promise<Trigger[]> {
  // Schedules before workflow: the scheduler locks them in this order.
  await tx.query('delete from automation.schedules where workflow_id = $1', [id]);
  const { rows } = await tx.query<{ triggers: Trigger[] }>(
    `update automation.workflows set status = 'paused', paused_reason = $2, updated_at = now()
     where id = $1 and status = 'active' returning triggers`,
    [id, reason],
  );
  return rows[0]?.triggers ?? [];
}
