import type { Execution, ExecutionSummary } from '../../../contracts/automation-services/executions.ts';
import type { WorkflowStep } from '../../../contracts/automation-services/workflow-steps.ts';
import type { Paging } from '../../../contracts/paging.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database, Tenant, Transaction } from '../../../kit/postgres/database.ts';
import type { LogLevel } from '../steps/step-kind.ts';

const counted = (status: string) =>
  `(select count(*) from automation.execution_steps s where s.execution_id = e.id and ${status})`;
const columns = `e.id, e.workflow_id, e.workspace_id, e.workflow_version, e.status, e.trigger, e.scheduled_for, e.error,
  e.created_at, e.started_at, e.completed_at,
  ${counted("s.status in ('completed', 'failed')")} as steps_executed,
  ${counted("s.status = 'completed'")} as steps_successful,
  ${counted("s.status = 'failed'")} as steps_failed`;

/** @throws ProblemError `not_found` */
export async function readExecution(tx: Transaction, id: string): Promise<Execution> {
  const found = await tx.query<Omit<Execution, 'steps'>>(
    {
      name: 'execution_by_id',
      text: `select ${columns}, e.input from automation.executions e where e.id = $1`,
    },
    [id],
  );
  if (found.rows[0] === undefined) throw problem('not_found');
  const steps = await tx.query<Execution['steps'][number]>(
    {
      name: 'steps_of_execution',
      text: `select index, type, name, status, attempts, result, error, started_at, completed_at
             from automation.execution_steps where execution_id = $1 order by index`,
    },
    [id],
  );
  return { ...found.rows[0], steps: steps.rows };
}

/** The steps of an execution as they were when it was stored. */
export async function readStepConfigs(tx: Transaction, id: string): Promise<WorkflowStep[]> {
  const { rows } = await tx.query<WorkflowStep>(
    `select type, name, config, continue_on_error from automation.execution_steps
     where execution_id = $1 order by index`,
    [id],
  );
  return rows;
}

export interface ExecutionFilter extends Paging {
  workflowId?: string;
  /** Only of these. */
  workspaceIds?: readonly string[];
  status?: Execution['status'] | undefined;
}

/** One page of the tenant's executions, newest first. */
export async function listExecutions(
  tx: Transaction,
  { workflowId, workspaceIds, status, page, page_size }: ExecutionFilter,
): Promise<Paging & { executions: ExecutionSummary[]; total: number }> {
  const matching = `($1::uuid is null or e.workflow_id = $1) and ($2::text is null or e.status = $2)
    and ($3::uuid[] is null or e.workspace_id = any($3))`;
  const filter = [workflowId ?? null, status ?? null, workspaceIds ?? null];
  const all = await tx.query<{ total: number }>(
    `select count(*) as total from automation.executions e where ${matching}`,
    filter,
  );
  const { rows } = await tx.query<ExecutionSummary>(
    `select ${columns} from automation.executions e where ${matching}
     order by e.created_at desc, e.id limit $4 offset $5`,
    [...filter, page_size, (page - 1) * page_size],
  );
  return { executions: rows, total: all.rows[0]?.total ?? 0, page, page_size };
}

export interface LogEntry {
  at: string;
  level: LogLevel;
  step: number | null;
  message: string;
}

/** One page of an execution's log, oldest first. @throws ProblemError `not_found` */
export async function listLogs(
  database: Database,
  tenant: Tenant,
  { id, page, page_size }: Paging & { id: string },
): Promise<Paging & { logs: LogEntry[]; total: number }> {
  return database.withTenant(tenant, async (tx) => {
    const found = await tx.query<{ total: number }>(
      `select (select count(*) from automation.execution_logs l where l.execution_id = e.id) as total
       from automation.executions e where e.id = $1`,
      [id],
    );
    const total = found.rows[0]?.total;
    if (total === undefined) throw problem('not_found');
    const { rows } = await tx.query<LogEntry>(
      `select at, level, step, message from automation.execution_logs where execution_id = $1
       order by id limit $2 offset $3`,
      [id, page_size, (page - 1) * page_size],
    );
    return { logs: rows, total, page, page_size };
  });
}
