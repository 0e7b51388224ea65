import type { Execution } from '../contracts/automation-services.ts';
import type { Database, Tenant, Transaction } from '../kit/database.ts';
import { problem } from '../kit/problem.ts';

const columns = `id, workflow_id, workflow_version, status, trigger, scheduled_for, input, error,
  created_at, started_at, completed_at`;

type Steps = Execution['steps'];
type Bare = Omit<Execution, 'steps' | 'steps_executed' | 'steps_successful' | 'steps_failed'>;

async function withSteps(tx: Transaction, executions: readonly Bare[]): Promise<Execution[]> {
  const { rows } = await tx.query<Steps[number] & { execution_id: string }>(
    `select execution_id, index, type, name, status, attempts, result, error, started_at, completed_at
     from automation.execution_steps where execution_id = any($1) order by execution_id, index`,
    [executions.map(({ id }) => id)],
  );
  const byExecution = Map.groupBy(rows, ({ execution_id }) => execution_id);
  return executions.map((execution) => {
    const steps: Steps = byExecution.get(execution.id) ?? [];
    const count = (status: string) => steps.filter((step) => step.status === status).length;
    const [successful, failed] = [count('completed'), count('failed')];
    return {
      ...execution,
      steps,
      steps_executed: successful + failed,
      steps_successful: successful,
      steps_failed: failed,
    };
  });
}

/** @throws ProblemError `not_found` */
export async function readExecution(tx: Transaction, id: string): Promise<Execution> {
  const { rows } = await tx.query<Bare>(
    { name: 'execution_by_id', text: `select ${columns} from automation.executions where id = $1` },
    [id],
  );
  const [found] = await withSteps(tx, rows);
  if (found === undefined) throw problem('not_found');
  return found;
}

export interface ExecutionFilter {
  workflowId?: string | undefined;
  status?: Execution['status'] | undefined;
  page: number;
  pageSize: number;
}

/** One page of the tenant's executions, newest first. */
export async function listExecutions(
  tx: Transaction,
  { workflowId, status, page, pageSize }: ExecutionFilter,
): Promise<{ executions: Execution[]; total: number }> {
  const matching = `($1::uuid is null or workflow_id = $1) and ($2::text is null or status = $2)`;
  const wanted = [workflowId ?? null, status ?? null];
  const counted = await tx.query<{ total: number }>(
    `select count(*) as total from automation.executions where ${matching}`,
    wanted,
  );
  const { rows } = await tx.query<Bare>(
    `select ${columns} from automation.executions where ${matching}
     order by created_at desc, id limit $3 offset $4`,
    [...wanted, pageSize, (page - 1) * pageSize],
  );
  return { executions: await withSteps(tx, rows), total: counted.rows[0]?.total ?? 0 };
}

export interface LogEntry {
  at: string;
  level: 'debug' | 'info' | 'warn' | 'error';
  step: number | null;
  message: string;
}

/** One page of what an execution noted, oldest first. @throws ProblemError `not_found` */
export async function listLogs(
  database: Database,
  who: Tenant,
  { id, page, pageSize }: { id: string; page: number; pageSize: number },
): Promise<{ logs: LogEntry[]; total: number }> {
  return database.withTenant(who, async (tx) => {
    const counted = await tx.query<{ total: number }>(
      `select (select count(*) from automation.execution_logs l where l.execution_id = e.id) as total
       from automation.executions e where e.id = $1`,
      [id],
    );
    const total = counted.rows[0]?.total;
    if (total === undefined) throw problem('not_found');
    const { rows } = await tx.query<LogEntry>(
      `select at, level, step, message from automation.execution_logs where execution_id = $1
       order by id limit $2 offset $3`,
      [id, pageSize, (page - 1) * pageSize],
    );
    return { logs: rows, total };
  });
}
