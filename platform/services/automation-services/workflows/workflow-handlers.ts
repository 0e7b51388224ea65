import type { automationServices } from '../../../contracts/automation-services/contract.ts';
import { executionStatuses } from '../../../contracts/automation-services/executions.ts';
import { workflowStatuses } from '../../../contracts/automation-services/workflows.ts';
import { bearerToken } from '../../../kit/auth/access.ts';
import { tenantOf } from '../../../kit/auth/tenant-of.ts';
import type { HandlerRequest, Handlers } from '../../../kit/http/handler.ts';
import { afterCommit } from '../../../kit/postgres/joined-transaction.ts';
import type { RequestRights } from '../../../kit/rights/request-rights.ts';
import {
  cancelExecution,
  pauseExecution,
  resumeExecution,
  retryExecution,
} from '../executions/change-execution.ts';
import { listExecutions, listLogs, readExecution, readStepConfigs } from '../executions/read-executions.ts';
import { grantExecution, type StartDeps, startExecution } from '../executions/start-execution.ts';
import { CronError, neverMatches, nextTimes } from '../schedules/cron.ts';
import { listens } from './record-watches.ts';
import { changeWorkflow, createWorkflow } from './save-workflow.ts';
import { listVersions, readVersion } from './versions.ts';
import { countWorkflows, deleteWorkflow, listWorkflows, readWorkflow } from './workflows.ts';

export type WorkflowDeps = StartDeps;

const sumOf = (counts: ReadonlyMap<string, number>) => counts.values().reduce((sum, count) => sum + count, 0);

const byStatus = <S extends string>(statuses: readonly S[], counts: ReadonlyMap<string, number>) =>
  Object.fromEntries(statuses.map((status) => [status, counts.get(status) ?? 0])) as Record<S, number>;

/** Number of next times in the response to a valid cron expression. */
const shownTimes = 5;

type Routes = typeof automationServices.routes;
type RunRequest = HandlerRequest<Routes['execute']> | HandlerRequest<Routes['trigger']>;

/** Workflows and their executions. */
export function workflowHandlers(deps: WorkflowDeps) {
  const { database, clock } = deps;

  const run = ({ caller, params, body, raw }: RunRequest) =>
    startExecution(deps, tenantOf(caller), {
      workflowId: params.id,
      trigger: 'manual',
      input: body.input,
      sessionId: caller.session_id,
      token: bearerToken(raw.raw),
    });

  /** The workspaces that the caller may see, or the one of them that the request names. */
  const visible = (rights: RequestRights, { workspace_id }: { workspace_id?: string | undefined }) =>
    rights.workspaceIds('read').filter((id) => workspace_id === undefined || id === workspace_id);

  return {
    create: ({ caller, body: { workspace_id: _given, ...input }, raw, rights }) =>
      createWorkflow(deps, tenantOf(caller), {
        workspaceId: rights.workspaceId,
        token: bearerToken(raw.raw),
        input,
      }),

    list: ({ caller, query, rights }) =>
      listWorkflows(database, tenantOf(caller), { ...query, workspaceIds: visible(rights, query) }),

    async validateCron({ body }) {
      try {
        const times = nextTimes(
          { cron: body.cron, timeZone: body.time_zone },
          { after: clock.now(), count: shownTimes },
        );
        if (times.length === 0) return { valid: false, error: neverMatches, next: [] };
        return { valid: true, next: times.map((time) => time.toISOString()) };
      } catch (error) {
        if (error instanceof CronError) return { valid: false, error: error.message, next: [] };
        throw error;
      }
    },

    async stats({ caller, rights }) {
      const visibleIds = rights.workspaceIds('read');
      const { workflows, executions } = await countWorkflows(database, tenantOf(caller), visibleIds);
      return {
        workflows: sumOf(workflows),
        by_status: byStatus(workflowStatuses, workflows),
        executions: sumOf(executions),
        executions_by_status: byStatus(executionStatuses, executions),
      };
    },

    workflow: ({ caller, params }) =>
      database.withTenant(tenantOf(caller), (tx) => readWorkflow(tx, params.id)),

    async change({ caller, params, body, raw, rights }) {
      const { version, ...input } = body;
      return changeWorkflow(deps, tenantOf(caller), {
        id: params.id,
        workspaceId: rights.workspaceId,
        token: bearerToken(raw.raw),
        input,
        expectedVersion: version,
      });
    },

    async remove({ caller, params }) {
      const tenant = tenantOf(caller);
      const { grant_id, triggers } = await deleteWorkflow(database, tenant, params.id);
      afterCommit(() => deps.grants.end(tenant.tenantId, grant_id));
      if (listens(triggers)) afterCommit(() => deps.watches.shrink(tenant));
    },

    versions: ({ caller, params, query }) =>
      listVersions(database, tenantOf(caller), { id: params.id, ...query }),

    version: ({ caller, params }) => readVersion(database, tenantOf(caller), params),

    execute: run,
    trigger: run,

    async workflowExecutions({ caller, params, query }) {
      const tenant = tenantOf(caller);
      await database.withTenant(tenant, (tx) => readWorkflow(tx, params.id));
      return listExecutions(database, tenant, { workflowId: params.id, ...query });
    },

    executions: ({ caller, query, rights }) =>
      listExecutions(database, tenantOf(caller), { ...query, workspaceIds: visible(rights, query) }),

    execution: ({ caller, params }) =>
      database.withTenant(tenantOf(caller), (tx) => readExecution(tx, params.id)),

    executionLogs: ({ caller, params, query }) =>
      listLogs(database, tenantOf(caller), { id: params.id, ...query }),

    cancel: ({ caller, params }) => cancelExecution(deps, tenantOf(caller), params.id),

    pause: ({ caller, params }) => pauseExecution(deps, tenantOf(caller), params.id),

    resume: ({ caller, params }) => resumeExecution(deps, tenantOf(caller), params.id),

    async retry({ caller, params, body, raw }) {
      const tenant = tenantOf(caller);
      const workflow = await database.withTenant(tenant, async (tx) => {
        const { workflow_id } = await readExecution(tx, params.id);
        return { ...(await readWorkflow(tx, workflow_id)), steps: await readStepConfigs(tx, params.id) };
      });
      const token = bearerToken(raw.raw);
      const granted = await grantExecution(deps, { workflow, token, executionId: params.id });
      try {
        return await retryExecution(deps, tenant, {
          id: params.id,
          fromStep: body.from_step,
          grantId: granted.grantId,
        });
      } catch (error) {
        deps.grants.endAfter(error, tenant.tenantId, granted.grantId);
        throw error;
      }
    },
  } satisfies Handlers<typeof automationServices>;
}
