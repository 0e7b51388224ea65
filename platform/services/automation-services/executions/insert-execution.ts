import { type Execution, maxOpenExecutions } from '../../../contracts/automation-services/executions.ts';
import type { Workflow } from '../../../contracts/automation-services/workflows.ts';
import type { Durable } from '../../../kit/durable/durable.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Tenant, Transaction } from '../../../kit/postgres/database.ts';
import { storableJson } from '../../../kit/postgres/storable-text.ts';
import { queueExecution } from './execution-run.ts';

/** Number of executions kept per workflow; older ones that have ended are deleted. */
export const keptExecutions = 500;

export interface ExecutionFile {
  id: string;
  name: string;
  content?: string | undefined;
}

export interface NewExecution {
  /** Given if the grant was made for it. */
  id?: string;
  workflow: Workflow;
  trigger: Execution['trigger'];
  /** Identifies what started it; one key starts at most one execution of the workflow. */
  triggerKey?: string;
  scheduledFor?: Date;
  input?: Record<string, unknown>;
  file?: ExecutionFile;
  /** The grant by which it acts for the tenant's user. */
  grantId: string | null;
  /** How many executions in a row have led to it; default 0. */
  depth?: number;
  now: Date;
}

/** @throws ProblemError `rate_limited` when the tenant has too many unfinished executions */
export async function assertRoom(tx: Transaction): Promise<void> {
  const { rows } = await tx.query<{ count: number }>(
    `select count(*) as count from (
       select from automation.executions where status in ('pending', 'running') limit $1
     ) as open`,
    [maxOpenExecutions],
  );
  if ((rows[0]?.count ?? 0) < maxOpenExecutions) return;
  throw problem('rate_limited', {
    message: `This tenant has ${maxOpenExecutions} unfinished executions.`,
    headers: { 'retry-after': '10' },
  });
}

/**
 * Stores an execution with a copy of the workflow's steps, and queues it, both if and only if the transaction commits.
 * @returns its id; undefined when the trigger key has already started one
 * @throws ProblemError `rate_limited` when the tenant has too many unfinished ones
 */
export async function insertExecution(
  tx: Transaction,
  { tenant, durable }: { tenant: Tenant; durable: Durable },
  execution: NewExecution,
): Promise<string | undefined> {
  const { workflow, now } = execution;
  await assertRoom(tx);
  const { rows } = await tx.query<{ id: string }>(
    `insert into automation.executions
       (id, tenant_id, workspace_id, workflow_id, workflow_version, user_id, trigger, trigger_key, scheduled_for, input,
        file, timeout_s, max_retries, grant_id, created_at, depth)
     values (coalesce($1, gen_random_uuid()), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
     on conflict (workflow_id, trigger_key) do nothing
     returning id`,
    [
      execution.id ?? null,
      tenant.tenantId,
      workflow.workspace_id,
      workflow.id,
      workflow.version,
      tenant.userId,
      execution.trigger,
      execution.triggerKey ?? null,
      execution.scheduledFor ?? null,
      storableJson(execution.input ?? {}),
      execution.file === undefined ? null : storableJson(execution.file),
      workflow.timeout,
      workflow.max_retries,
      execution.grantId,
      now,
      execution.depth ?? 0,
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
    [id, tenant.tenantId, storableJson(workflow.steps)],
  );
  await tx.query(
    `update automation.workflows set executions = executions + 1, last_run_at = $2 where id = $1`,
    [workflow.id, now],
  );
  await tx.query(
    `delete from automation.executions where id in (
       select id from automation.executions where workflow_id = $1 order by created_at desc, id desc offset $2
     ) and status not in ('pending', 'running', 'paused')`,
    [workflow.id, keptExecutions],
  );
  await queueExecution(tx, durable, { id, tenantId: tenant.tenantId, generation: 0 });
  return id;
}
