import type { Execution } from '../../../contracts/automation-services/executions.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Tenant, Transaction } from '../../../kit/postgres/database.ts';
import { afterCommit } from '../../../kit/postgres/joined-transaction.ts';
import { endExecution } from './end-execution.ts';
import { durableIdOf, queueExecution } from './execution-run.ts';
import { assertRoom } from './insert-execution.ts';
import { readExecution } from './read-executions.ts';
import { createRunEvents } from './run-events.ts';
import type { StartDeps } from './start-execution.ts';

async function conflict(tx: Transaction, id: string): Promise<never> {
  const { status } = await readExecution(tx, id);
  throw problem('conflict', { message: `The execution is ${status}.` });
}

/**
 * Ends an execution as cancelled. The process that runs it aborts its step within about a second, and can write nothing
 * after the cancellation.
 * @throws ProblemError `not_found`; `conflict` when it has already ended
 */
export async function cancelExecution(deps: StartDeps, tenant: Tenant, id: string): Promise<Execution> {
  const { database, clock, durable, grants } = deps;
  const { execution, generation, ended } = await database.withTenant(tenant, async (tx) => {
    const ended = await endExecution(
      tx,
      { id },
      { status: 'cancelled', error: 'Cancelled', now: clock.now() },
    );
    if (ended === undefined) return conflict(tx, id);
    const { rows } = await tx.query<{ generation: number }>(
      'select generation from automation.executions where id = $1',
      [id],
    );
    return { ended, execution: await readExecution(tx, id), generation: rows[0]?.generation ?? 0 };
  });
  await afterCommit(() => durable.cancel(durableIdOf({ id, generation })));
  afterCommit(() => grants.end(tenant.tenantId, ended.grantId));
  afterCommit(() => createRunEvents(deps.publishLive, ended).finished('cancelled', 'Cancelled'));
  return execution;
}

/**
 * Pauses an execution: a waiting one at once, a running one before its next step.
 * @throws ProblemError `not_found`; `conflict` when it is paused or has ended
 */
export async function pauseExecution(deps: StartDeps, tenant: Tenant, id: string): Promise<Execution> {
  return deps.database.withTenant(tenant, async (tx) => {
    const { rowCount } = await tx.query(
      `update automation.executions
       set status = case status when 'pending' then 'paused' else status end, pause_requested = status = 'running'
       where id = $1 and status in ('pending', 'running')`,
      [id],
    );
    return rowCount === 0 ? conflict(tx, id) : readExecution(tx, id);
  });
}

/** Continues a paused execution. @throws ProblemError `not_found`; `conflict` when it is not paused */
export async function resumeExecution(deps: StartDeps, tenant: Tenant, id: string): Promise<Execution> {
  return deps.database.withTenant(tenant, async (tx) => {
    const { rows } = await tx.query<{ generation: number }>(
      `update automation.executions set status = 'pending', generation = generation + 1
       where id = $1 and status = 'paused' returning generation`,
      [id],
    );
    if (rows[0] === undefined) return conflict(tx, id);
    await queueExecution(tx, deps.durable, { id, tenantId: tenant.tenantId, ...rows[0] });
    return readExecution(tx, id);
  });
}

/** The first step that did not complete; those that a condition has skipped stay skipped. */
const firstUnfinished = `
  select min(s.index) as first from automation.execution_steps s
  join automation.executions e on e.id = s.execution_id
  where e.id = $1 and ((s.status = 'failed' and not s.continue_on_error)
                       or (s.status = 'skipped' and s.completed_at = e.completed_at))`;

export interface Retry {
  id: string;
  /** Index of the first step to repeat; default the first that did not complete. */
  fromStep: number | undefined;
  /** The grant by which it acts for the caller. */
  grantId: string | null;
}

/**
 * Continues a failed or cancelled execution for the caller.
 * @throws ProblemError `not_found`; `conflict` when it has not ended so; `validation_failed` for a step it does not have
 */
export async function retryExecution(
  deps: StartDeps,
  tenant: Tenant,
  { id, fromStep, grantId }: Retry,
): Promise<Execution> {
  return deps.database.withTenant(tenant, async (tx) => {
    await assertRoom(tx);
    const found = await tx.query<{ first: number | null }>(firstUnfinished, [id]);
    const from = fromStep ?? found.rows[0]?.first ?? 0;
    const { steps } = await readExecution(tx, id);
    if (from >= steps.length) {
      throw problem('validation_failed', {
        details: [{ type: 'too_big', loc: ['body', 'from_step'], msg: `It has ${steps.length} steps` }],
      });
    }
    const { rows } = await tx.query<{ generation: number; workflow_id: string; failed: boolean }>(
      `update automation.executions e
       set status = 'pending', generation = e.generation + 1, user_id = $2, grant_id = $3, error = null,
           completed_at = null, resumed_at = null, ran_s = 0, trigger = case e.trigger when 'command' then 'command' else 'manual' end
       from automation.executions before
       where e.id = $1 and before.id = e.id and e.status in ('failed', 'cancelled')
       returning e.generation, e.workflow_id, before.status = 'failed' as failed`,
      [id, tenant.userId, grantId],
    );
    const continued = rows[0];
    if (continued === undefined) return conflict(tx, id);
    await tx.query(
      `update automation.execution_steps
       set status = 'pending', attempts = 0, result = null, error = null, started_at = null, completed_at = null
       where execution_id = $1 and index >= $2`,
      [id, from],
    );
    // Finished parts of the step at which it failed stay finished, unless that step is repeated on purpose.
    await tx.query(
      `delete from automation.execution_parts
       where execution_id = $1 and split_part(path, '.', 1)::int >= $2 and ($3 or status <> 'completed')`,
      [id, from, fromStep !== undefined],
    );
    if (continued.failed)
      await tx.query(
        'update automation.workflows set failed_executions = failed_executions - 1 where id = $1',
        [continued.workflow_id],
      );
    const { generation } = continued;
    await queueExecution(tx, deps.durable, { id, tenantId: tenant.tenantId, generation });
    return readExecution(tx, id);
  });
}
