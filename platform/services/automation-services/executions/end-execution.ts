import type { Transaction } from '../../../kit/postgres/database.ts';
import { storableText } from '../../../kit/postgres/storable-text.ts';
import { maxMessageLength } from './execution-progress.ts';
import type { AnnouncedRun } from './run-events.ts';

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
 * Ends an execution once, as its tenant. Its running step fails with the same reason; its pending steps are skipped.
 * `generation` restricts it to the run that works on it.
 * @returns what the execution was; undefined when this call did not end it
 */
export async function endExecution(
  store: Transaction,
  { id, generation }: { id: string; generation?: number },
  { status, error, now }: ExecutionEnd,
): Promise<EndedExecution | undefined> {
  const reason = error === undefined ? null : storableText(error).slice(0, maxMessageLength);
  const { rows } = await store.query<EndedExecution & { own: boolean }>(
    {
      name: 'end_execution',
      text: `with ended as (
               update automation.executions set status = $2, error = $3, completed_at = $4, pause_requested = false
               where id = $1 and status in ('pending', 'running', 'paused') and ($5::int is null or generation = $5)
               returning id, tenant_id, workflow_id, workspace_id, user_id, grant_id, trigger
             ), steps as (
               update automation.execution_steps s
               set status = case s.status when 'running' then 'failed' else 'skipped' end,
                   error = case s.status when 'running' then $3 end, completed_at = $4
               from ended where s.execution_id = ended.id and s.status in ('pending', 'running')
             ), logged as (
               insert into automation.execution_logs (tenant_id, execution_id, at, level, step, message)
               select tenant_id, id, $4, $6, null, $7 from ended
             ), counted as (
               update automation.workflows w
               set successful_executions = successful_executions + ($2 = 'completed')::int,
                   failed_executions = failed_executions + ($2 = 'failed')::int
               from ended where w.id = ended.workflow_id and $2 in ('completed', 'failed')
             )
             select id, workflow_id as "workflowId", workspace_id as "workspaceId", user_id as "userId",
                    grant_id as "grantId", trigger in ('manual', 'command') as own from ended`,
    },
    [
      id,
      status,
      reason,
      now,
      generation ?? null,
      endLevels[status],
      reason === null ? `Execution ${status}` : `Execution ${status}: ${reason}`.slice(0, maxMessageLength),
    ],
  );
  const ended = rows[0];
  if (ended === undefined) return undefined;
  const { own, ...execution } = ended;
  return { ...execution, grantId: own ? execution.grantId : null };
}
