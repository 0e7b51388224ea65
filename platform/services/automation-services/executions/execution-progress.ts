import type { Execution } from '../../../contracts/automation-services/executions.ts';
import type { WorkflowStep } from '../../../contracts/automation-services/workflow-steps.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { storableJson, storableText } from '../../../kit/postgres/storable-text.ts';
import type { LogLevel } from '../steps/step-kind.ts';
import type { RunningExecution } from './execution-run.ts';
import type { ExecutionFile } from './insert-execution.ts';

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
export const maxMessageLength = 5_000;

const ofRun = `id = $1 and generation = $2 and status = 'running'`;
/** Condition: the execution ($1) is still worked on by this continuation ($2). */
export const stillRunning = `exists (select from automation.executions e
  where e.id = $1 and e.generation = $2 and e.status = 'running')`;

/**
 * Marks a pending execution as running; one that runs already stays as it is.
 * @returns whether it was pending
 * @throws ExecutionLost
 */
export async function beginExecution(database: Database, run: RunningExecution, now: Date): Promise<boolean> {
  const [begun] = await write<{ begins: boolean }>(database, run, {
    name: 'begin_execution',
    text: `with begun as (
             update automation.executions e
             set status = 'running', started_at = coalesce(e.started_at, $3), resumed_at = coalesce(e.resumed_at, $3)
             from automation.executions before
             where e.id = $1 and e.generation = $2 and e.status in ('pending', 'running') and before.id = e.id
             returning before.status = 'pending' as begins
           ), logged as (
             insert into automation.execution_logs (tenant_id, execution_id, at, level, step, message)
             select $4, $1, $3, 'info', null, $5 from begun where begins
           )
           select begins from begun`,
    values: [now, run.tenant.tenantId, run.generation === 0 ? 'Execution started' : 'Execution continued'],
  });
  return begun?.begins === true;
}

/** @throws ExecutionLost */
export async function readPlan(database: Database, run: RunningExecution): Promise<ExecutionPlan> {
  const [[execution], { rows: steps }] = await Promise.all([
    write<Omit<ExecutionPlan, 'steps'>>(database, run, {
      name: 'read_plan',
      text: `select workflow_id as "workflowId", workspace_id as "workspaceId", user_id as "userId", trigger,
                    grant_id as "grantId", input, file, max_retries as "maxRetries", timeout_s as "timeoutS",
                    resumed_at + make_interval(secs => timeout_s - ran_s) as deadline
             from automation.executions where ${ofRun}`,
      values: [],
    }),
    database.tenantQuery<ExecutionPlan['steps'][number]>(
      run.tenant,
      {
        name: 'read_plan_steps',
        text: `select type, name, config, continue_on_error, status, result from automation.execution_steps
               where execution_id = $1 order by index`,
      },
      [run.id],
    ),
  ]);
  if (execution === undefined) throw new ExecutionLost();
  return { ...execution, steps };
}

/**
 * A statement as the run that works on the execution, whose id and generation are `$1` and `$2`.
 * @throws ExecutionLost when it changes nothing
 */
export async function write<Row extends object>(
  store: Database,
  run: RunningExecution,
  { name, text, values }: { name: string; text: string; values: readonly unknown[] },
): Promise<Row[]> {
  const { rowCount, rows } = await store.tenantQuery<Row>(run.tenant, { name, text }, [
    run.id,
    run.generation,
    ...values,
  ]);
  if (rowCount === 0) throw new ExecutionLost();
  return rows;
}

/**
 * Begins a further attempt of a step.
 * @returns when its first attempt began, maybe in another process
 * @throws ExecutionLost
 */
export async function beginAttempt(
  database: Database,
  run: RunningExecution,
  { index, attempt, now }: { index: number; attempt: number; now: Date },
): Promise<Date> {
  const [begun] = await write<{ started_at: string }>(database, run, {
    name: 'begin_attempt',
    text: `update automation.execution_steps
           set status = 'running', attempts = $4, started_at = coalesce(started_at, $5)
           where execution_id = $1 and index = $3 and ${stillRunning}
           returning started_at`,
    values: [index, attempt, now],
  });
  return new Date(begun?.started_at ?? now);
}

/** Pauses the execution if that was requested. @returns whether it is paused */
async function pauseIfRequested(database: Database, run: RunningExecution, now: Date): Promise<boolean> {
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
  /** Whether the next step begins. */
  continues: boolean;
  now: Date;
}

/** The run and whether it shall pause; empty when the execution is lost. `$1` and `$2` as in `write`. */
const currentRun = `run as (select id, pause_requested from automation.executions where ${ofRun})`;
/** Ends step `$3` at `$4` with the status `$5`, result `$6` and error `$7`, and skips those before step `$8`. */
const endOfStep = `ended as (
  update automation.execution_steps s
  set status = case s.index when $3 then $5 else 'skipped' end,
      result = case s.index when $3 then $6::jsonb end,
      error = case s.index when $3 then $7 end, completed_at = $4
  from run where s.execution_id = run.id and s.index >= $3 and s.index < $8)`;
/** Begins the first attempt of the step at this index, unless the run shall pause. */
const beginOf = (index: string, at: string, condition = 'true') => `begun as (
  update automation.execution_steps s
  set status = 'running', attempts = 1, started_at = coalesce(s.started_at, ${at})
  from run where s.execution_id = run.id and s.index = ${index} and not run.pause_requested and ${condition}
  returning s.started_at)`;
const state = `select run.pause_requested as "shallPause", (select started_at from begun) as "startedAt" from run`;

interface State {
  shallPause: boolean;
  startedAt: string | null;
}

async function begunAt(
  database: Database,
  run: RunningExecution,
  { state, now }: { state: State | undefined; now: Date },
): Promise<Date | 'paused'> {
  if (state?.startedAt != null) return new Date(state.startedAt);
  if (state?.shallPause && (await pauseIfRequested(database, run, now))) return 'paused';
  throw new ExecutionLost();
}

/**
 * Begins the first attempt of a step.
 * @returns when it began, maybe in another process; `paused` when the execution pauses instead
 * @throws ExecutionLost
 */
export async function beginStep(
  database: Database,
  run: RunningExecution,
  { index, now }: { index: number; now: Date },
): Promise<Date | 'paused'> {
  const [begun] = await write<State>(database, run, {
    name: 'begin_step',
    text: `with ${currentRun}, ${beginOf('$3', '$4::timestamptz')} ${state}`,
    values: [index, now],
  });
  return begunAt(database, run, { state: begun, now });
}

/**
 * Ends a step, skips those before the next one and begins that one, all at once: between two steps there is one write.
 * @returns as `beginStep` for the next step; undefined when none begins
 * @throws ExecutionLost
 */
export async function endStep(
  database: Database,
  run: RunningExecution,
  { index, status, result, error, next, continues, now }: StepEnd,
): Promise<Date | 'paused' | undefined> {
  const [ended] = await write<State>(database, run, {
    name: 'end_step',
    text: `with ${currentRun}, ${endOfStep}, ${beginOf('$8', '$4', '$9')} ${state}`,
    values: [
      index,
      now,
      status,
      result === undefined ? null : storableJson(result),
      error === undefined ? null : storableText(error).slice(0, maxMessageLength),
      next,
      continues,
    ],
  });
  return continues ? begunAt(database, run, { state: ended, now }) : undefined;
}

/** Stores the file of the execution for later steps. @throws ExecutionLost */
export async function keepFile(
  database: Database,
  run: RunningExecution,
  file: ExecutionFile,
): Promise<void> {
  await write(database, run, {
    name: 'keep_file',
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

/** Appends to the execution's log. @throws ExecutionLost */
export async function appendLog(database: Database, run: RunningExecution, line: LogLine): Promise<void> {
  await write(database, run, {
    name: 'append_log',
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
