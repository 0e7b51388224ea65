import type { WorkflowStep } from '../../../contracts/automation-services/workflow-steps.ts';
import type { Database, Tenant, Transaction } from '../../../kit/postgres/database.ts';
import { storableJson, storableText } from '../../../kit/postgres/storable-text.ts';
import type { LogLevel } from '../steps/step-kind.ts';
import type { ExecutionFile } from './insert-execution.ts';

/** Another process has ended this execution or taken it over: nothing more may be written. */
export class ExecutionLost extends Error {
  override readonly name = 'ExecutionLost';
}

/** Which execution, and who holds it. */
export interface Held {
  id: string;
  who: Tenant;
  worker: string;
}

export interface BegunExecution {
  workflowId: string;
  input: Record<string, unknown>;
  file: ExecutionFile | undefined;
  timeoutS: number;
  maxRetries: number;
  steps: WorkflowStep[];
}

/** Longest message of a log entry or error, characters. */
const maxMessageLength = 5_000;

/** Marks a pending execution as running and reads what to do. @throws ExecutionLost when it is not ours to begin */
export async function beginExecution(database: Database, held: Held, now: Date): Promise<BegunExecution> {
  return database.withTenant(held.who, async (tx) => {
    const { rows } = await tx.query<{
      workflow_id: string;
      input: Record<string, unknown>;
      file: ExecutionFile | null;
      timeout_s: number;
      max_retries: number;
    }>(
      `update automation.executions set status = 'running', started_at = $3
       where id = $1 and worker = $2 and status = 'pending'
       returning workflow_id, input, file, timeout_s, max_retries`,
      [held.id, held.worker, now],
    );
    const begun = rows[0];
    if (begun === undefined) throw new ExecutionLost();
    const steps = await tx.query<WorkflowStep>(
      `select type, name, config, continue_on_error from automation.execution_steps
       where execution_id = $1 order by index`,
      [held.id],
    );
    return {
      workflowId: begun.workflow_id,
      input: begun.input,
      file: begun.file ?? undefined,
      timeoutS: begun.timeout_s,
      maxRetries: begun.max_retries,
      steps: steps.rows,
    };
  });
}

const stillHeld = `exists (select from automation.executions e
  where e.id = $1 and e.worker = $2 and e.status = 'running')`;

async function write(
  database: Database,
  held: Held,
  { text, values }: { text: string; values: readonly unknown[] },
): Promise<void> {
  const { rowCount } = await database.tenantQuery(held.who, text, [held.id, held.worker, ...values]);
  if (rowCount === 0) throw new ExecutionLost();
}

/** @throws ExecutionLost */
export async function beginStep(
  database: Database,
  held: Held,
  { index, attempt, now }: { index: number; attempt: number; now: Date },
): Promise<void> {
  await write(database, held, {
    text: `update automation.execution_steps
           set status = 'running', attempts = $4, started_at = coalesce(started_at, $5)
           where execution_id = $1 and index = $3 and ${stillHeld}`,
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
export async function endStep(database: Database, held: Held, end: StepEnd): Promise<void> {
  await write(database, held, {
    text: `update automation.execution_steps
           set status = $4, result = $5, error = $6, completed_at = $7
           where execution_id = $1 and index = $3 and ${stillHeld}`,
    values: [
      end.index,
      end.status,
      end.result === undefined ? null : storableJson(end.result),
      end.error === undefined ? null : storableText(end.error).slice(0, maxMessageLength),
      end.now,
    ],
  });
}

/** @throws ExecutionLost */
export async function note(
  database: Database,
  held: Held,
  entry: { at: Date; level: LogLevel; step: number | null; message: string },
): Promise<void> {
  await write(database, held, {
    text: `insert into automation.execution_logs (tenant_id, execution_id, at, level, step, message)
           select $3, $1, $4, $5, $6, $7 where ${stillHeld}`,
    values: [
      held.who.tenantId,
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
 * Ends an execution once: what ran fails with the same reason, what was left to do is skipped. Within the tenant's
 * transaction; `worker` restricts it to executions held by that process.
 * @returns whether it was this call that ended it
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
