import { type ScheduleDeps, setTenant } from '../schedules/run-due-schedules.ts';
import { endExecution } from './execution-progress.ts';
import { leaseMs } from './insert-execution.ts';

const interrupted = 'Interrupted: the process that ran this execution ended';

/** @returns false when no execution is abandoned */
async function recoverOne({ database, clock, runner }: ScheduleDeps): Promise<boolean> {
  const now = clock.now();
  const found = await database.transaction(async (tx) => {
    const { rows } = await tx.query<{ id: string; tenant_id: string; user_id: string }>(
      'select * from automation.lock_abandoned_execution($1)',
      [now],
    );
    const execution = rows[0];
    if (execution === undefined) return undefined;
    const { id } = execution;
    const tenant = { tenantId: execution.tenant_id, userId: execution.user_id };
    await setTenant(tx, tenant);
    const { rowCount } = await tx.query(
      `update automation.executions set worker = $2, lease_until = $3
       where id = $1 and status = 'pending' and not holds_token`,
      [id, runner.worker, new Date(now.getTime() + leaseMs)],
    );
    if (rowCount === 0)
      await endExecution(
        tx,
        { id, tenantId: tenant.tenantId },
        { status: 'failed', error: interrupted, now },
      );
    return { id, tenant, adopted: rowCount > 0 };
  });
  if (found?.adopted) runner.enqueue(found);
  return found !== undefined;
}

/**
 * Recovers executions whose lease has expired. A running one fails: it is not known whether its current step took
 * effect, and another attempt could repeat the effect. A pending one that needs its user's token fails too, since
 * only the dead process had the token. Any other pending one runs in this process.
 */
export async function recoverExecutions(deps: ScheduleDeps): Promise<void> {
  while (await recoverOne(deps)) {
    // One transaction per execution: other processes recover some of them.
  }
}

/** Renews the leases of this process and abandons executions that have ended or been claimed elsewhere. */
export async function renewLeases({ database, clock, runner }: ScheduleDeps): Promise<void> {
  const claimed = runner.claimed();
  if (claimed.length === 0) return;
  const { rows } = await database.query<{ id: string }>(
    'select id from automation.renew_leases($1, $2) as renewed(id)',
    [runner.worker, new Date(clock.now().getTime() + leaseMs)],
  );
  const renewed = new Set(rows.map(({ id }) => id));
  for (const id of claimed) if (!renewed.has(id)) runner.abandon(id);
}
