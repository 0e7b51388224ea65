import type { Trigger, WorkflowStep } from '../../../contracts/automation-services/workflow-steps.ts';
import type { Workflow, WorkflowInput } from '../../../contracts/automation-services/workflows.ts';
import type { Paged, Paging } from '../../../contracts/paging.ts';
import { readCounts } from '../../../kit/counts/read-counts.ts';
import { problem } from '../../../kit/http/problem.ts';
import { inWorkspaces, withStatus } from '../../../kit/lists/filters.ts';
import type { ListDefinition } from '../../../kit/lists/list-definition.ts';
import { asTenant, readList } from '../../../kit/lists/read-list.ts';
import type { Database, Tenant, Transaction } from '../../../kit/postgres/database.ts';
import { storableJson } from '../../../kit/postgres/storable-text.ts';
import { nextTime } from '../schedules/cron.ts';

const columnsOf = (
  w: string,
) => `${w}.id, ${w}.tenant_id, ${w}.workspace_id, ${w}.owner_id, ${w}.grant_id, ${w}.paused_reason, ${w}.name, ${w}.description, ${w}.steps, ${w}.triggers, ${w}.status,
  ${w}.status <> 'inactive' as enabled, ${w}.max_retries, ${w}.timeout_s as timeout, ${w}.version, ${w}.executions,
  ${w}.successful_executions, ${w}.failed_executions, ${w}.last_run_at, ${w}.created_at, ${w}.updated_at,
  (select min(s.next_run_at) from automation.schedules s where s.workflow_id = ${w}.id) as next_run_at`;

export type WorkflowStatus = Workflow['status'];

/** `status` and `enabled` are two ways to set the same state. */
export function statusOf({ status, enabled }: Pick<WorkflowInput, 'status' | 'enabled'>): WorkflowStatus {
  return status ?? (enabled === false ? 'inactive' : 'active');
}

/** A workflow with what its users do not see. */
export interface StoredWorkflow extends Workflow {
  /** The grant by which its automatic executions act for the owner. */
  grant_id: string | null;
}

const oneWorkflow = {
  name: 'workflow_by_id',
  text: `select ${columnsOf('w')} from automation.workflows w where w.id = $1`,
};

/** @throws ProblemError `not_found` */
export async function readWorkflow(tx: Transaction, id: string): Promise<StoredWorkflow> {
  const { rows } = await tx.query<StoredWorkflow>(oneWorkflow, [id]);
  if (rows[0] === undefined) throw problem('not_found');
  return rows[0];
}

/** Replaces the schedules of a workflow. Only an active one has schedules; their times are after `now`. */
async function replaceSchedules(
  tx: Transaction,
  workflow: { id: string; tenantId: string; status: WorkflowStatus; triggers: readonly Trigger[] },
  now: Date,
): Promise<void> {
  await tx.query('delete from automation.schedules where workflow_id = $1', [workflow.id]);
  if (workflow.status !== 'active') return;
  for (const [index, trigger] of workflow.triggers.entries()) {
    if (trigger.type !== 'schedule') continue;
    const next = nextTime({ cron: trigger.cron, timeZone: trigger.time_zone }, now);
    if (next === undefined) continue;
    await tx.query(
      `insert into automation.schedules (workflow_id, tenant_id, trigger_index, cron, time_zone, next_run_at)
       values ($1, $2, $3, $4, $5, $6)`,
      [workflow.id, workflow.tenantId, index, trigger.cron, trigger.time_zone, next],
    );
  }
}

/** The content of a workflow that a user saves. */
export type NewWorkflow = Omit<WorkflowInput, 'steps' | 'triggers' | 'workspace_id'> & {
  steps: readonly WorkflowStep[];
  triggers: readonly Trigger[];
};

/** Values of name, description, steps, triggers, status, max_retries and timeout_s, in this order. */
function storedFields(input: NewWorkflow): unknown[] {
  return [
    input.name,
    input.description,
    storableJson(input.steps),
    storableJson(input.triggers),
    statusOf(input),
    input.max_retries,
    input.timeout,
  ];
}

/** Keeps the workflow as it is now as one of its versions. */
async function keepVersion(tx: Transaction, id: string): Promise<void> {
  await tx.query(
    `insert into automation.workflow_versions
       (workflow_id, tenant_id, version, name, description, steps, triggers, max_retries, timeout_s, changed_by, changed_at)
     select id, tenant_id, version, name, description, steps, triggers, max_retries, timeout_s, owner_id, updated_at
     from automation.workflows where id = $1`,
    [id],
  );
}

export interface WorkflowChange {
  id: string;
  input: NewWorkflow;
  /** The grant by which it acts for the user who saves it; null if its steps need no rights. */
  grantId: string | null;
  now: Date;
}

/** What ends with a workflow, or with its next version. */
export type FormerWorkflow = Pick<StoredWorkflow, 'grant_id' | 'triggers'>;

/** Stores a workflow of the user, and its schedules. */
export async function insertWorkflow(
  tx: Transaction,
  tenant: Tenant,
  { id, workspaceId, input, grantId, now }: WorkflowChange & { workspaceId: string },
): Promise<StoredWorkflow> {
  await tx.query(
    `insert into automation.workflows
       (id, tenant_id, workspace_id, owner_id, grant_id, name, description, steps, triggers, status, max_retries,
        timeout_s)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [id, tenant.tenantId, workspaceId, tenant.userId, grantId, ...storedFields(input)],
  );
  await keepVersion(tx, id);
  const { triggers } = input;
  await replaceSchedules(tx, { id, tenantId: tenant.tenantId, status: statusOf(input), triggers }, now);
  return readWorkflow(tx, id);
}

/**
 * Replaces a workflow, which acts for the user who replaces it from now on. Executions that have already started keep
 * their steps.
 * @returns the workflow, and the grant and the triggers that it does not use any more
 * @throws ProblemError `not_found`; `conflict` when the workflow does not have the expected version
 */
export async function replaceWorkflow(
  database: Database,
  tenant: Tenant,
  change: WorkflowChange & {
    expectedVersion: number | undefined;
    /** More work in the same transaction. */
    within?: (tx: Transaction) => Promise<void>;
  },
): Promise<{ workflow: StoredWorkflow; former: FormerWorkflow }> {
  const { id, input } = change;
  const { tenantId, userId } = tenant;
  return database.withTenant(tenant, async (tx) => {
    // Schedules before workflow: the scheduler locks them in this order.
    await replaceSchedules(tx, { id, tenantId, status: 'inactive', triggers: [] }, change.now);
    const before = await tx.query<FormerWorkflow>(
      // The grant of an unfinished execution ends with it: see `grantsInUse`.
      `select w.triggers, nullif(w.grant_id, (
         select e.grant_id from automation.executions e
         where e.workflow_id = w.id and e.grant_id = w.grant_id and e.status in ('pending', 'running', 'paused') limit 1
       )) as grant_id from automation.workflows w where w.id = $1 for update`,
      [id],
    );
    const { rowCount } = await tx.query(
      `update automation.workflows
       set name = $2, description = $3, steps = $4, triggers = $5, status = $6, max_retries = $7, timeout_s = $8,
           owner_id = $10, grant_id = $11, paused_reason = null, version = version + 1, updated_at = now()
       where id = $1 and ($9::bigint is null or version = $9)`,
      [id, ...storedFields(input), change.expectedVersion ?? null, userId, change.grantId],
    );
    if (rowCount === 0) {
      const { version } = await readWorkflow(tx, id);
      throw problem('conflict', {
        message: `The workflow has changed; its version is now ${version}.`,
      });
    }
    await keepVersion(tx, id);
    const { triggers } = input;
    await replaceSchedules(tx, { id, tenantId, status: statusOf(input), triggers }, change.now);
    await change.within?.(tx);
    return {
      workflow: await readWorkflow(tx, id),
      former: before.rows[0] ?? { grant_id: null, triggers: [] },
    };
  });
}

/**
 * @returns what ends with it
 * @throws ProblemError `not_found`; `conflict` while the workflow has an unfinished execution
 */
export async function deleteWorkflow(
  database: Database,
  tenant: Tenant,
  id: string,
): Promise<FormerWorkflow> {
  return database.withTenant(tenant, async (tx) => {
    await tx.query('delete from automation.schedules where workflow_id = $1', [id]);
    const { rows } = await tx.query<FormerWorkflow & { busy: boolean }>(
      `select w.grant_id, w.triggers, exists (select from automation.executions e
                      where e.workflow_id = w.id and e.status in ('pending', 'running', 'paused')) as busy
       from automation.workflows w where w.id = $1 for update of w`,
      [id],
    );
    if (rows[0] === undefined) throw problem('not_found');
    if (rows[0].busy)
      throw problem('conflict', { message: 'The workflow is running; cancel its executions first.' });
    await tx.query('delete from automation.workflows where id = $1', [id]);
    return rows[0];
  });
}

export interface WorkflowFilter extends Paging {
  /** Only of these. */
  workspaceIds: readonly string[];
  status?: WorkflowStatus | undefined;
}

export const workflowList: ListDefinition = {
  name: 'list_workflows',
  table: 'automation.workflows',
  columns: columnsOf('e'),
  sortedBy: [
    { column: 'created_at', type: 'timestamptz' },
    { column: 'id', type: 'uuid' },
  ],
  direction: 'desc',
};

/** One page of workflows, newest first. */
export async function listWorkflows(
  database: Database,
  tenant: Tenant,
  { status, workspaceIds, ...paging }: WorkflowFilter,
): Promise<Paged & { workflows: Workflow[] }> {
  const { entries, ...page } = await readList<Workflow>(asTenant(database, tenant), workflowList, {
    ...paging,
    filters: [withStatus(status)],
    parts: inWorkspaces(workspaceIds),
  });
  return { workflows: entries, ...page };
}

/** Numbers of workflows and executions in workspaces, by status. */
export async function countWorkflows(
  database: Database,
  tenant: Tenant,
  workspaceIds: readonly string[],
): Promise<{ workflows: Map<string, number>; executions: Map<string, number> }> {
  const counts = async (counted: 'workflows' | 'executions') => {
    const found = await readCounts(asTenant(database, tenant), {
      schema: 'automation',
      counted,
      parts: workspaceIds,
    });
    return new Map(found.map(({ state, number }) => [state, number]));
  };
  return { workflows: await counts('workflows'), executions: await counts('executions') };
}
