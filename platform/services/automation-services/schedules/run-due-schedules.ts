import type { Durable } from '../../../kit/durable/durable.ts';
import type { Database, Tenant, Transaction } from '../../../kit/postgres/database.ts';
import type { Clock } from '../../../kit/service/clock.ts';
import { insertExecution } from '../executions/insert-execution.ts';
import { readWorkflow } from '../workflows/workflows.ts';
import { CronError, nextTime } from './cron.ts';

interface Due {
  workflow_id: string;
  tenant_id: string;
  trigger_index: number;
  slot: string;
}

export interface ScheduleDeps {
  database: Database;
  clock: Clock;
  durable: Durable;
}

/** Sets the tenant for the rest of a transaction that began without one. */
export async function setTenant(tx: Transaction, { tenantId, userId }: Tenant): Promise<void> {
  await tx.query(`select set_config('app.tenant_id', $1, true), set_config('app.user_id', $2, true)`, [
    tenantId,
    userId,
  ]);
}

/** Undefined also for an invalid schedule, so that it does not block the others. */
function nextIfValid({ cron, time_zone }: { cron: string; time_zone: string }, now: Date): Date | undefined {
  try {
    return nextTime({ cron, timeZone: time_zone }, now);
  } catch (error) {
    if (error instanceof CronError) return undefined;
    throw error;
  }
}

async function advanceSchedule(tx: Transaction, due: Due, now: Date): Promise<void> {
  const { rows } = await tx.query<{ cron: string; time_zone: string }>(
    'select cron, time_zone from automation.schedules where workflow_id = $1 and trigger_index = $2',
    [due.workflow_id, due.trigger_index],
  );
  const next = rows[0] && nextIfValid(rows[0], now);
  const key = [due.workflow_id, due.trigger_index];
  if (next === undefined) {
    await tx.query('delete from automation.schedules where workflow_id = $1 and trigger_index = $2', key);
  } else {
    await tx.query(
      'update automation.schedules set next_run_at = $3 where workflow_id = $1 and trigger_index = $2',
      [...key, next],
    );
  }
}

/** @returns false when no schedule is due */
async function runOne({ database, clock, durable }: ScheduleDeps): Promise<boolean> {
  const now = clock.now();
  return database.transaction(async (tx) => {
    const { rows } = await tx.query<Due>('select * from automation.lock_due_schedule($1)', [now]);
    const due = rows[0];
    if (due === undefined) return false;
    await setTenant(tx, { tenantId: due.tenant_id, userId: due.tenant_id });
    await advanceSchedule(tx, due, now);
    const workflow = await readWorkflow(tx, due.workflow_id);
    const tenant = { tenantId: due.tenant_id, userId: workflow.owner_id };
    const open = await tx.query(
      `select from automation.executions
       where workflow_id = $1 and status in ('pending', 'running', 'paused') limit 1`,
      [workflow.id],
    );
    if (workflow.status !== 'active' || open.rowCount > 0) return true;
    const slot = new Date(due.slot);
    await insertExecution(
      tx,
      { tenant, durable },
      {
        workflow,
        trigger: 'schedule',
        triggerKey: `schedule:${due.trigger_index}:${slot.toISOString()}`,
        scheduledFor: slot,
        grantId: workflow.grant_id,
        now,
      },
    );
    return true;
  });
}

/**
 * Runs due schedules. Each slot runs at most once over all processes: the process that locks the schedule's row
 * stores the execution and advances the schedule in the same transaction, and the key of a slot is unique. One
 * execution makes up for all slots missed while no process ran. A slot is skipped while its workflow is still
 * running.
 */
export async function runDueSchedules(deps: ScheduleDeps): Promise<void> {
  while (await runOne(deps)) {
    // One transaction per schedule: other processes run some of them.
  }
}
