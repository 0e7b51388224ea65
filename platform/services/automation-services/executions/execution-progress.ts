import type { WorkflowStep } from '../../../contracts/automation-services/workflow-steps.ts';
import type { Database, Tenant, Transaction } from '../../../kit/postgres/database.ts';
import { storableJson, storableText } from '../../../kit/postgres/storable-text.ts';
import type { LogLevel } from '../steps/step-kind.ts';
import type { ExecutionFile } from './insert-execution.ts';

/** The execution has ended or another process has claimed it: this one must no longer write. */
export class ExecutionLost extends Error {
  override readonly name = 'ExecutionLost';
}

/** An execution and the process that has claimed it. */
export interface ClaimedExecution {
  id: string;
  tenant: Tenant;
  worker: string;
}

/** What a claimed execution has to do. */
export interface ExecutionPlan {
  input: Record<string, unknown>;
  file: ExecutionFile | null;
  timeoutS: number;
  maxRetries: number;
  steps: WorkflowStep[];
}

/** Maximum length of a log entry or error, characters. */
const maxMessageLength = 5_000;

/** Marks a pending execution as running. @throws ExecutionLost when this process has not claimed it */
export async function beginExecution(
  database: Database,
  claimed: ClaimedExecution,
  now: Date,
): Promise<ExecutionPlan> {
  return database.withTenant(claimed.tenant, async (tx) => {
    const { rows } = await tx.query<Omit<ExecutionPlan, 'steps'>>(
      `update automation.executions set status = 'running', started_at = $3
       where id = $1 and worker = $2 and status = 'pending'
       returning input, file, timeout_s as "timeoutS", max_retries as "maxRetries"`,
      [claimed.id, claimed.worker, now],
    );
    if (rows[0] === undefined) throw new ExecutionLost();
    const steps = await tx.query<WorkflowStep>(
      `select type, name, config, continue_on_error from automation.execution_steps
       where execution_id = $1 order by index`,
      [claimed.id],
    );
    return { ...rows[0], steps: steps.rows };
  });
}

const stillClaimed = `exists (select from automation.executions e
  where e.id = $1 and e.worker = $2 and e.status = 'running')`;

async function write(
  database: Database,
  claimed: ClaimedExecution,
  { text, values }: { text: string; values: readonly unknown[] },
): Promise<void> {
  const { rowCount } = await database.tenantQuery(claimed.tenant, text, [
    claimed.id,
    claimed.worker,
    ...values,
  ]);
  if (rowCount === 0) throw new ExecutionLost();
}

/** @throws ExecutionLost */
export async function beginStep(
  database: Database,
  claimed: ClaimedExecution,
  { index, attempt, now }: { index: number; attempt: number; now: Date },
): Promise<void> {
  await write(database, claimed, {
    text: `update automation.execution_steps
           set status = 'running', attempts = $4, started_at = coalesce(started_at, $5)
           where execution_id = $1 and index = $3 and ${stillClaimed}`,
    values: [index, attempt, now],
  });
}

export interface StepEnd {
  index: number;
  status: 'completed' | 'failed' | 'skipped';
  result?: unknown;
  error?: string;
  now: Date;
}

/** @throws ExecutionLost */
export async function endStep(database: Database, claimed: ClaimedExecution, end: StepEnd): Promise<void> {
  await write(database, claimed, {
    text: `update automation.execution_steps
           set status = $4, result = $5, error = $6, completed_at = $7
           where execution_id = $1 and index = $3 and ${stillClaimed}`,
    values: [
      end.index,
      end.status,
      end.result === undefined ? null : storableJson(end.result),
      end.error === undefined ? null : storableText(end.error).slice(0, maxMessageLength),
      end.now,
    ],
  });
}

/** Appends to the execution's log. @throws ExecutionLost */
export async function appendLog(
  database: Database,
  claimed: ClaimedExecution,
  entry: { at: Date; level: LogLevel; step: number | null; message: string },
): Promise<void> {
  await write(database, claimed, {
    text: `insert into automation.execution_logs (tenant_id, execution_id, at, level, step, message)
           select $3, $1, $4, $5, $6, $7 where ${stillClaimed}`,
    values: [
      claimed.tenant.tenantId,
      entry.at,
      entry.level,
      entry.step,
      storableText(entry.message).slice(0, maxMessageLength),
    ],
  });
}

export interface ExecutionEnd {
  status: 'completed' | 'failed' | 'cancelled';
  error?: string;
  now: Date;
}

const endLevels = { completed: 'info', failed: 'error', cancelled: 'warn' } as const;

/**
 * Ends an execution once, in the tenant's transaction. Its running step fails with the same reason; its pending steps
 * are skipped. `worker` restricts it to an execution claimed by that process.
 * @returns whether this call ended it
 */
export async function endExecution(
  tx: Transaction,
  { id, worker, tenantId }: { id: string; worker?: string; tenantId: string },
  { status, error, now }: ExecutionEnd,
): Promise<boolean> {
  const reason = error === undefined ? null : storableText(error).slice(0, maxMessageLength);
  const { rows } = await tx.query<{ workflow_id: string }>(
    `update automation.executions set status = $2, error = $3, completed_at = $4
     where id = $1 and status in ('pending', 'running') and ($5::uuid is null or worker = $5)
     returning workflow_id`,
    [id, status, reason, now, worker ?? null],
  );
  const workflowId = rows[0]?.workflow_id;
  if (workflowId === undefined) return false;
  await tx.query(
    `update automation.execution_steps
     set status = case status when 'running' then 'failed' else 'skipped' end,
         error = case status when 'running' then $2 end, completed_at = $3
     where execution_id = $1 and status in ('pending', 'running')`,
    [id, reason, now],
  );
  await tx.query(
    `insert into automation.execution_logs (tenant_id, execution_id, at, level, step, message)
     values ($1, $2, $3, $4, null, $5)`,
    [
      tenantId,
      id,
      now,
      endLevels[status],
      reason === null ? `Execution ${status}` : `Execution ${status}: ${reason}`,
    ],
  );
  const counter = { completed: 'successful_executions', failed: 'failed_executions', cancelled: undefined }[
    status
  ];
  if (counter !== undefined)
    await tx.query(`update automation.workflows set ${counter} = ${counter} + 1 where id = $1`, [workflowId]);
  return true;
}
