import type { Execution } from '../../../contracts/automation-services/executions.ts';
import type { Workflow } from '../../../contracts/automation-services/workflows.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database, Tenant, Transaction } from '../../../kit/postgres/database.ts';
import { afterCommit } from '../../../kit/postgres/joined-transaction.ts';
import type { Clock } from '../../../kit/service/clock.ts';
import { readWorkflow } from '../workflows/workflows.ts';
import { type ExecutionFile, insertExecution } from './insert-execution.ts';
import { readExecution } from './read-executions.ts';
import type { QueuedExecution, Runner } from './runner.ts';

export interface StartDeps {
  database: Database;
  clock: Clock;
  runner: Runner;
}

export interface Start {
  workflowId: string;
  trigger: Execution['trigger'];
  input: Record<string, unknown>;
  token: string | undefined;
}

/**
 * Stores an execution in the caller's transaction. Call `runner.enqueue` after the commit.
 * @throws ProblemError `not_found`; `conflict` for an inactive workflow; `rate_limited`
 */
export async function storeExecution(
  tx: Transaction,
  tenant: Tenant,
  { start, worker, now }: { start: Start; worker: string; now: Date },
): Promise<Execution> {
  const workflow = await readWorkflow(tx, start.workflowId);
  if (workflow.status === 'inactive') throw problem('conflict', { message: 'The workflow is inactive.' });
  const id = await insertExecution(tx, tenant, {
    workflow,
    trigger: start.trigger,
    input: start.input,
    holdsToken: start.token !== undefined,
    worker,
    now,
  });
  if (id === undefined) throw new Error('an execution without a trigger key is always new');
  return readExecution(tx, id);
}

/** Starts an execution of a workflow. @throws ProblemError as `storeExecution` does */
export async function startExecution(
  { database, clock, runner }: StartDeps,
  tenant: Tenant,
  start: Start,
): Promise<Execution> {
  const execution = await database.withTenant(tenant, (tx) =>
    storeExecution(tx, tenant, { start, worker: runner.worker, now: clock.now() }),
  );
  afterCommit(() => runner.enqueue({ id: execution.id, tenant, token: start.token }));
  return execution;
}

export interface FileEvent {
  type: 'file_upload' | 'file_processed';
  tenantId: string;
  /** The user who uploaded the file. */
  userId: string;
  file: ExecutionFile;
}

function isTriggeredBy({ triggers }: Pick<Workflow, 'triggers'>, { type, file }: FileEvent): boolean {
  const extension = /\.([^.]+)$/.exec(file.name)?.[1]?.toLowerCase() ?? '';
  return triggers.some((trigger) => {
    if (trigger.type !== 'file_upload' && trigger.type !== 'file_processed') return false;
    if (trigger.type !== type) return false;
    return trigger.extensions?.some((one) => one.replace('.', '') === extension) ?? true;
  });
}

/**
 * Starts every active workflow of the tenant that the event triggers, each for its owner and without a token.
 * @returns the ids of the new executions; none for an event that was delivered before
 */
export async function startForFile(
  { database, clock, runner }: StartDeps,
  event: FileEvent,
): Promise<string[]> {
  const { tenantId, userId, file } = event;
  const started = await database.withTenant({ tenantId, userId }, async (tx) => {
    const { rows } = await tx.query<{ id: string; triggers: Workflow['triggers'] }>(
      `select id, triggers from automation.workflows
       where status = 'active' and triggers @> jsonb_build_array(jsonb_build_object('type', $1::text))
       order by id`,
      [event.type],
    );
    const inserted: QueuedExecution[] = [];
    for (const { id: workflowId } of rows.filter((row) => isTriggeredBy(row, event))) {
      const workflow = await readWorkflow(tx, workflowId);
      const tenant = { tenantId, userId: workflow.owner_id };
      const id = await insertExecution(tx, tenant, {
        workflow,
        trigger: event.type,
        triggerKey: `${event.type}:${file.id}`,
        input: { file_id: file.id, filename: file.name, uploaded_by: userId },
        file,
        holdsToken: false,
        worker: runner.worker,
        now: clock.now(),
      });
      if (id !== undefined) inserted.push({ id, tenant });
    }
    return inserted;
  });
  afterCommit(() => {
    for (const execution of started) runner.enqueue(execution);
  });
  return started.map(({ id }) => id);
}
