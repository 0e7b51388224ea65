import type { Database, Tenant } from '../../../kit/postgres/database.ts';

/** Pauses a workflow that may no longer do what it does, with the reason. Its owner continues it by saving it. */
export async function pauseWorkflow(
  database: Database,
  tenant: Tenant,
  { id, reason }: { id: string; reason: string },
): Promise<void> {
  await database.withTenant(tenant, async (tx) => {
    // Schedules before workflow: the scheduler locks them in this order.
    await tx.query('delete from automation.schedules where workflow_id = $1', [id]);
    await tx.query(
      `update automation.workflows set status = 'paused', paused_reason = $2, updated_at = now()
       where id = $1 and status = 'active'`,
      [id, reason],
    );
  });
}
