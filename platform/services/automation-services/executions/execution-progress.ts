import type { Execution } from '../../../contracts/automation-services/executions.ts';
import type { WorkflowStep } from '../../../contracts/automation-services/workflow-steps.ts';
import type { Database, Tenant, Transaction } from '../../../kit/postgres/database.ts';
import { storableJson, storableText } from '../../../kit/postgres/storable-text.ts';
import type { LogLevel } from '../steps/step-kind.ts';
import type { RunningExecution } from './execution-run.ts';
import type { ExecutionFile } from './insert-execution.ts';
import type { AnnouncedRun } from './run-events.ts';

/** The execution has ended, is paused, or was continued by a later run: this one must no longer write. */
export class ExecutionLost extends Error {
  override readonly name = 'ExecutionLost';
}

type StepState = Execution['steps'][number]['status'];

/** What an execution has to do, and what it has done. */
export interface ExecutionPlan {
  workflowId: string;
  workspaceId: string;
  /** For whom it acts. */
  userId: string;
  trigger: Execution['trigger'];
  grantId: string | null;
  input: Record<string, unknown>;
  file: ExecutionFile | null;
  maxRetries: number;
  timeoutS: number;
  /** Time at which it fails, ISO 8601. */
  deadline: string;
  steps: (WorkflowStep & { status: StepState; result: unknown })[];
}

/** Maximum length of a log entry or error, characters. */
const maxMessageLength = 5_000;

const ofRun = `id = $1 and generation = $2 and status = 'running'`;
/** Condition: the execution ($1) is still worked on by this continuation ($2). */
export const stillRunning = `exists (select from automation.executions e
  where e.id = $1 and e.generation = $2 and e.status = 'running')`;

/** Marks a pending execution as running; one that runs already stays as it is. @throws ExecutionLost */
export async function beginExecution(database: Database, run: RunningExecution, now: Date): Promise<void> {
  await database.withTenant(run.tenant, async (tx) => {
    const { rows } = await tx.query<{ begins: boolean }>(
      `update automation.executions e
       set status = 'running', started_at = coalesce(e.started_at, $3), resumed_at = coalesce(e.resumed_at, $3)
       from automation.executions before
       where e.id = $1 and e.generation = $2 and e.status in ('pending', 'running') and before.id = e.id
       returning before.status = 'pending' as begins`,
      [run.id, run.generation, now],
    );
    if (rows[0] === undefined) throw new ExecutionLost();
    const message = run.generation === 0 ? 'Execution started' : 'Execution continued';
    if (rows[0].begins) await insertLog(tx, run, { at: now, level: 'info', step: null, message });
  });
}

/** @throws ExecutionLost */
export async function readPlan(database: Database, run: RunningExecution): Promise<ExecutionPlan> {
  return database.withTenant(run.tenant, async (tx) => {
    const { rows } = await tx.query<Omit<ExecutionPlan, 'steps'>>(
      `select workflow_id as "workflowId", workspace_id as "workspaceId", user_id as "userId", trigger,
              grant_id as "grantId", input, file, max_retries as "maxRetries", timeout_s as "timeoutS",
              resumed_at + make_interval(secs => timeout_s - ran_s) as deadline
       from automation.executions where ${ofRun}`,
      [run.id, run.generation],
    );
    if (rows[0] === undefined) throw new ExecutionLost();
    const steps = await tx.query<ExecutionPlan['steps'][number]>(
      `select type, name, config, continue_on_error, status, result from automation.execution_steps
       where execution_id = $1 order by index`,
      [run.id],
    );
    return { ...rows[0], steps: steps.rows };
  });
}

/** A statement as the run that works on the execution. @throws ExecutionLost when it changes nothing */
export async function write<Row extends object>(
  store: Database,
  run: RunningExecution,
  { text, values }: { text: string; values: readonly unknown[] },
): Promise<Row[]> {
  const { rowCount, rows } = await store.tenantQuery<Row>(run.tenant, text, [
    run.id,
    run.generation,
    ...values,
  ]);
  if (rowCount === 0) throw new ExecutionLost();
  return rows;
}

/**
 * Begins an attempt of a step.
 * @returns when its first attempt began, maybe in another process
 * @throws ExecutionLost
 */
export async function beginStep(
  database: Database,
  run: RunningExecution,
  { index, attempt, now }: { index: number; attempt: number; now: Date },
): Promise<Date> {
  const [begun] = await write<{ started_at: string }>(database, run, {
    text: `update automation.execution_steps
           set status = 'running', attempts = $4, started_at = coalesce(started_at, $5)
           where execution_id = $1 and index = $3 and ${stillRunning}
           returning started_at`,
    values: [index, attempt, now],
  });
  return new Date(begun?.started_at ?? now);
}

/** Pauses the execution if that was requested. @returns whether it is paused */
export async function pauseIfRequested(
  database: Database,
  run: RunningExecution,
  now: Date,
): Promise<boolean> {
  const { rowCount } = await database.tenantQuery(
    run.tenant,
    `update automation.executions
     set status = 'paused', pause_requested = false, resumed_at = null,
         ran_s = ran_s + ceil(extract(epoch from $3::timestamptz - resumed_at))::int
     where ${ofRun} and pause_requested`,
    [run.id, run.generation, now],
  );
  return rowCount > 0;
}

export interface StepEnd {
  index: number;
  status: 'completed' | 'failed';
  result?: unknown;
  error?: string;
  /** Index of the next step; those between are skipped. */
  next: number;
  now: Date;
}

/** Ends a step and skips those before the next one. @throws ExecutionLost */
export async function endStep(database: Database, run: RunningExecution, end: StepEnd): Promise<void> {
  await write(database, run, {
    text: `update automation.execution_steps
           set status = case index when $3 then $4 else 'skipped' end,
               result = case index when $3 then $5::jsonb end,
               error = case index when $3 then $6 end, completed_at = $7
           where execution_id = $1 and index >= $3 and index < $8 and ${stillRunning}`,
    values: [
      end.index,
      end.status,
      end.result === undefined ? null : storableJson(end.result),
      end.error === undefined ? null : storableText(end.error).slice(0, maxMessageLength),
      end.now,
      end.next,
    ],
  });
}

/** Stores the file of the execution for later steps. @throws ExecutionLost */
export async function keepFile(
  database: Database,
  run: RunningExecution,
  file: ExecutionFile,
): Promise<void> {
  await write(database, run, {
    text: `update automation.executions set file = $3 where ${ofRun}`,
    values: [storableJson(file)],
  });
}

export interface LogLine {
  at: Date;
  level: LogLevel;
  step: number | null;
  message: string;
}

async function insertLog(
  store: Transaction,
  { id, tenant }: Pick<RunningExecution, 'id'> & { tenant: Pick<Tenant, 'tenantId'> },
  { at, level, step, message }: LogLine,
): Promise<void> {
  await store.query(
    `insert into automation.execution_logs (tenant_id, execution_id, at, level, step, message)
     values ($1, $2, $3, $4, $5, $6)`,
    [tenant.tenantId, id, at, level, step, storableText(message).slice(0, maxMessageLength)],
  );
}

/** Appends to the execution's log. @throws ExecutionLost */
export async function appendLog(database: Database, run: RunningExecution, line: LogLine): Promise<void> {
  await write(database, run, {
    text: `insert into automation.execution_logs (tenant_id, execution_id, at, level, step, message)
           select $3, $1, $4, $5, $6, $7 where ${stillRunning}`,
    values: [
      run.tenant.tenantId,
      line.at,
      line.level,
      line.step,
      storableText(line.message).slice(0, maxMessageLength),
    ],
  });
}

export interface ExecutionEnd {
  status: 'completed' | 'failed' | 'cancelled';
  error?: string;
  now: Date;
}

/** An execution that has just ended. */
export interface EndedExecution extends AnnouncedRun {
  /** The grant that ends with it. */
  grantId: string | null;
}

const endLevels = { completed: 'info', failed: 'error', cancelled: 'warn' } as const;

/**
 * Ends an execution once, in the tenant's transaction. Its running step fails with the same reason; its pending steps
 * are skipped. `generation` restricts it to the run that works on it.
 * @returns what the execution was; undefined when this call did not end it
 */
export async function endExecution(
  tx: Transaction,
  { id, generation, tenantId }: { id: string; generation?: number; tenantId: string },
  { status, error, now }: ExecutionEnd,
): Promise<EndedExecution | undefined> {
  const reason = error === undefined ? null : storableText(error).slice(0, maxMessageLength);
  const { rows } = await tx.query<{
    workflow_id: string;
    workspace_id: string;
    user_id: string;
    grant_id: string | null;
    own: boolean;
  }>(
    `update automation.executions set status = $2, error = $3, completed_at = $4, pause_requested = false
     where id = $1 and status in ('pending', 'running', 'paused') and ($5::int is null or generation = $5)
     returning workflow_id, workspace_id, user_id, grant_id, trigger in ('manual', 'command') as own`,
    [id, status, reason, now, generation ?? null],
  );
  const ended = rows[0];
  if (ended === undefined) return undefined;
  await tx.query(
    `update automation.execution_steps
     set status = case status when 'running' then 'failed' else 'skipped' end,
         error = case status when 'running' then $2 end, completed_at = $3
     where execution_id = $1 and status in ('pending', 'running')`,
    [id, reason, now],
  );
  await insertLog(
    tx,
    { id, tenant: { tenantId } },
    {
      at: now,
      level: endLevels[status],
      step: null,
      message: reason === null ? `Execution ${status}` : `Execution ${status}: ${reason}`,
    },
  );
  const counter = { completed: 'successful_executions', failed: 'failed_executions', cancelled: undefined }[
    status
  ];
  if (counter !== undefined)
    await tx.query(`update automation.workflows set ${counter} = ${counter} + 1 where id = $1`, [
      ended.workflow_id,
    ]);
  const { workflow_id: workflowId, workspace_id: workspaceId, user_id: userId } = ended;
  return { id, workflowId, workspaceId, userId, grantId: ended.own ? ended.grant_id : null };
}
