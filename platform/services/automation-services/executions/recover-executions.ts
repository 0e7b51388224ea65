import { actAs, type ScheduleDeps } from '../schedules/run-due-schedules.ts';
import { endExecution } from './execution-progress.ts';
import { leaseMs } from './insert-execution.ts';

const interrupted = 'Interrupted: the process that ran this ended before it was done';

/** @returns false when nothing is abandoned */
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
    const who = { tenantId: execution.tenant_id, userId: execution.user_id };
    await actAs(tx, who);
    const { rowCount } = await tx.query(
      `update automation.executions set worker = $2, lease_until = $3
       where id = $1 and status = 'pending' and not holds_token`,
      [id, runner.worker, new Date(now.getTime() + leaseMs)],
    );
    if (rowCount === 0)
      await endExecution(tx, { id, tenantId: who.tenantId }, { status: 'failed', error: interrupted, now });
    return { id, who, adopted: rowCount > 0 };
  });
  if (found?.adopted) runner.take(found);
  return found !== undefined;
}

/**
 * Settles executions whose process has shown no sign of life for longer than its lease. One that had begun is failed:
 * nobody knows whether its step in hand took effect, and doing it again could do it twice. One that waits for its
 * turn and needs its caller's token is failed, too, since the token was in that process alone. Any other that waits
 * is started here.
 */
export async function recoverExecutions(deps: ScheduleDeps): Promise<void> {
  while (await recoverOne(deps)) {
    // One transaction each, so that other processes take their share.
  }
}

/** Shows that this process lives, and drops what somebody else has ended or taken over meanwhile. */
export async function renewLeases({ database, clock, runner }: ScheduleDeps): Promise<void> {
  const before = runner.held();
  if (before.length === 0) return;
  const { rows } = await database.query<{ id: string }>(
    'select id from automation.renew_leases($1, $2) as renewed(id)',
    [runner.worker, new Date(clock.now().getTime() + leaseMs)],
  );
  const renewed = new Set(rows.map(({ id }) => id));
  for (const id of before) if (!renewed.has(id)) runner.drop(id);
}
