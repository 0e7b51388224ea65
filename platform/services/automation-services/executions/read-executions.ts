import type { Execution, ExecutionSummary } from '../../../contracts/automation-services/executions.ts';
import type { WorkflowStep } from '../../../contracts/automation-services/workflow-steps.ts';
import type { Paged, Paging } from '../../../contracts/paging.ts';
import { problem } from '../../../kit/http/problem.ts';
import { inWorkspaces, withStatus } from '../../../kit/lists/filters.ts';
import type { ListDefinition } from '../../../kit/lists/list-definition.ts';
import { asTenant, readList } from '../../../kit/lists/read-list.ts';
import type { Database, Tenant, Transaction } from '../../../kit/postgres/database.ts';
import type { LogLevel } from '../steps/step-kind.ts';

/** The join counts the steps of `e`. */
const columns = `e.id, e.workflow_id, e.workspace_id, e.workflow_version, e.status, e.trigger, e.scheduled_for, e.error,
  e.created_at, e.started_at, e.completed_at, steps.steps_executed, steps.steps_successful, steps.steps_failed`;
const join = `cross join lateral (
  select count(*) filter (where s.status in ('completed', 'failed')) as steps_executed,
         count(*) filter (where s.status = 'completed') as steps_successful,
         count(*) filter (where s.status = 'failed') as steps_failed
  from automation.execution_steps s where s.execution_id = e.id
) as steps`;

/** @throws ProblemError `not_found` */
export async function readExecution(tx: Transaction, id: string): Promise<Execution> {
  const found = await tx.query<Omit<Execution, 'steps'>>(
    {
      name: 'execution_by_id',
      text: `select ${columns}, e.input from automation.executions e ${join} where e.id = $1`,
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

export const executionList: ListDefinition = {
  name: 'list_executions',
  table: 'automation.executions',
  columns,
  join,
  sortedBy: [
    { column: 'created_at', type: 'timestamptz' },
    { column: 'id', type: 'uuid' },
  ],
  direction: 'desc',
};

/** One page of the tenant's executions, newest first. */
export async function listExecutions(
  database: Database,
  tenant: Tenant,
  { workflowId, workspaceIds, status, ...paging }: ExecutionFilter,
): Promise<Paged & { executions: ExecutionSummary[] }> {
  const { entries, ...page } = await readList<ExecutionSummary>(asTenant(database, tenant), executionList, {
    ...paging,
    filters: [
      workflowId === undefined
        ? undefined
        : { name: 'of_workflow', where: (id) => `e.workflow_id = ${id}::uuid`, value: workflowId },
      withStatus(status),
    ],
    ...(workspaceIds === undefined ? {} : { parts: inWorkspaces(workspaceIds) }),
  });
  return { executions: entries, ...page };
}

export interface LogEntry {
  at: string;
  level: LogLevel;
  step: number | null;
  message: string;
}

export const logList: ListDefinition = {
  name: 'list_execution_logs',
  table: 'automation.execution_logs',
  columns: 'e.at, e.level, e.step, e.message',
  sortedBy: [{ column: 'id', type: 'bigint' }],
  direction: 'asc',
};

/** One page of an execution's log, oldest first. @throws ProblemError `not_found` */
export async function listLogs(
  database: Database,
  tenant: Tenant,
  { id, ...paging }: Paging & { id: string },
): Promise<Paged & { logs: LogEntry[] }> {
  const found = await database.tenantQuery(
    tenant,
    { name: 'execution_exists', text: 'select from automation.executions where id = $1' },
    [id],
  );
  if (found.rowCount === 0) throw problem('not_found');
  const { entries, ...page } = await readList<LogEntry>(asTenant(database, tenant), logList, {
    ...paging,
    filters: [{ name: 'of_execution', where: (value) => `e.execution_id = ${value}::uuid`, value: id }],
  });
  return { logs: entries, ...page };
}
