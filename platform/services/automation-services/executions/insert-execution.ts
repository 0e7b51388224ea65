import type { Execution } from '../../../contracts/automation-services/executions.ts';
import type { Workflow } from '../../../contracts/automation-services/workflows.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Tenant, Transaction } from '../../../kit/postgres/database.ts';
import { storableJson } from '../../../kit/postgres/storable-text.ts';

/** Most executions of one tenant that are not done. */
export const maxOpenExecutions = 100;
/** Executions of one workflow that are kept; older ones that are done go. */
export const keptExecutions = 500;
/** How long a process is believed to live after its last sign, milliseconds. */
export const leaseMs = 30_000;

export interface ExecutionFile {
  id: string;
  name: string;
  content?: string | undefined;
}

export interface NewExecution {
  workflow: Workflow;
  trigger: Execution['trigger'];
  /** What may start one execution of the workflow only. */
  triggerKey?: string;
  scheduledFor?: Date;
  input?: Record<string, unknown>;
  file?: ExecutionFile;
  holdsToken: boolean;
  /** The process that will run it. */
  worker: string;
  now: Date;
}

/** Whether the tenant has as many executions that are not done as it may have. */
export async function isTenantBusy(tx: Transaction): Promise<boolean> {
  const { rows } = await tx.query<{ count: number }>(
    `select count(*) as count from automation.executions where status in ('pending', 'running')`,
  );
  return (rows[0]?.count ?? 0) >= maxOpenExecutions;
}

/**
 * Stores an execution with its steps as they are now, held by the given process.
 * @returns its id; undefined when the trigger key has started one before
 * @throws ProblemError `rate_limited` when the tenant has too many that are not done
 */
export async function insertExecution(
  tx: Transaction,
  who: Tenant,
  wanted: NewExecution,
): Promise<string | undefined> {
  const { workflow, now } = wanted;
  if (await isTenantBusy(tx)) {
    throw problem('rate_limited', {
      message: `${maxOpenExecutions} executions are not done yet.`,
      headers: { 'retry-after': '10' },
    });
  }
  const { rows } = await tx.query<{ id: string }>(
    `insert into automation.executions
       (tenant_id, workflow_id, workflow_version, user_id, trigger, trigger_key, scheduled_for, input, file,
        timeout_s, max_retries, holds_token, worker, lease_until, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
     on conflict (workflow_id, trigger_key) do nothing
     returning id`,
    [
      who.tenantId,
      workflow.id,
      workflow.version,
      who.userId,
      wanted.trigger,
      wanted.triggerKey ?? null,
      wanted.scheduledFor ?? null,
      storableJson(wanted.input ?? {}),
      wanted.file === undefined ? null : storableJson(wanted.file),
      workflow.timeout,
      workflow.max_retries,
      wanted.holdsToken,
      wanted.worker,
      new Date(now.getTime() + leaseMs),
      now,
    ],
  );
  const id = rows[0]?.id;
  if (id === undefined) return undefined;
  await tx.query(
    `insert into automation.execution_steps
       (execution_id, tenant_id, index, type, name, config, continue_on_error)
     select $1, $2, step.ordinal - 1, step.value ->> 'type', step.value ->> 'name', step.value -> 'config',
            (step.value ->> 'continue_on_error')::boolean
     from jsonb_array_elements($3::jsonb) with ordinality as step(value, ordinal)`,
    [id, who.tenantId, storableJson(workflow.steps)],
  );
  await tx.query(
    `update automation.workflows set executions = executions + 1, last_run_at = $2 where id = $1`,
    [workflow.id, now],
  );
  await tx.query(
    `delete from automation.executions where id in (
       select id from automation.executions where workflow_id = $1 order by created_at desc, id offset $2
     ) and status not in ('pending', 'running')`,
    [workflow.id, keptExecutions],
  );
  return id;
}
