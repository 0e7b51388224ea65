import type { automationServices } from '../../../contracts/automation-services/contract.ts';
import { executionStatuses } from '../../../contracts/automation-services/executions.ts';
import { workflowStatuses } from '../../../contracts/automation-services/workflows.ts';
import { bearerToken } from '../../../kit/auth/access.ts';
import { tenantOf } from '../../../kit/auth/tenant-of.ts';
import type { HandlerRequest, Handlers } from '../../../kit/http/handler.ts';
import { cancelExecution } from '../executions/cancel-execution.ts';
import { listExecutions, listLogs, readExecution } from '../executions/read-executions.ts';
import { type StartDeps, startExecution } from '../executions/start-execution.ts';
import { CronError, neverMatches, nextTimes } from '../schedules/cron.ts';
import type { StepKinds } from '../steps/step-kinds.ts';
import { checkWorkflow } from './check-workflow.ts';
import {
  countWorkflows,
  deleteWorkflow,
  insertWorkflow,
  listWorkflows,
  readWorkflow,
  replaceWorkflow,
} from './workflows.ts';

export interface WorkflowDeps extends StartDeps {
  kinds: StepKinds;
}

const sumOf = (counts: ReadonlyMap<string, number>) => counts.values().reduce((sum, count) => sum + count, 0);

const byStatus = <S extends string>(statuses: readonly S[], counts: ReadonlyMap<string, number>) =>
  Object.fromEntries(statuses.map((status) => [status, counts.get(status) ?? 0])) as Record<S, number>;

/** Number of next times in the response to a valid cron expression. */
const shownTimes = 5;

type Routes = typeof automationServices.routes;
type RunRequest = HandlerRequest<Routes['execute']> | HandlerRequest<Routes['trigger']>;

/** Workflows and their executions. */
export function workflowHandlers(deps: WorkflowDeps) {
  const { database, clock, kinds } = deps;

  const run = ({ caller, params, body, raw }: RunRequest) =>
    startExecution(deps, tenantOf(caller), {
      workflowId: params.id,
      trigger: 'manual',
      input: body.input,
      token: bearerToken(raw.raw),
    });

  return {
    async create({ caller, body }) {
      const tenant = tenantOf(caller);
      const now = clock.now();
      await checkWorkflow(body, { kinds, now });
      return database.withTenant(tenant, (tx) => insertWorkflow(tx, tenant, { input: body, now }));
    },

    list: ({ caller, query }) => listWorkflows(database, tenantOf(caller), query),

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

    async stats({ caller }) {
      const { workflows, executions } = await countWorkflows(database, tenantOf(caller));
      return {
        workflows: sumOf(workflows),
        by_status: byStatus(workflowStatuses, workflows),
        executions: sumOf(executions),
        executions_by_status: byStatus(executionStatuses, executions),
      };
    },

    workflow: ({ caller, params }) =>
      database.withTenant(tenantOf(caller), (tx) => readWorkflow(tx, params.id)),

    async change({ caller, params, body }) {
      const now = clock.now();
      await checkWorkflow(body, { kinds, now });
      const { version, ...input } = body;
      return replaceWorkflow(database, tenantOf(caller), {
        id: params.id,
        input,
        expectedVersion: version,
        now,
      });
    },

    remove: ({ caller, params }) => deleteWorkflow(database, tenantOf(caller), params.id),

    execute: run,
    trigger: run,

    workflowExecutions: ({ caller, params, query }) =>
      database.withTenant(tenantOf(caller), async (tx) => {
        await readWorkflow(tx, params.id);
        return listExecutions(tx, { workflowId: params.id, ...query });
      }),

    executions: ({ caller, query }) =>
      database.withTenant(tenantOf(caller), (tx) => listExecutions(tx, query)),

    execution: ({ caller, params }) =>
      database.withTenant(tenantOf(caller), (tx) => readExecution(tx, params.id)),

    executionLogs: ({ caller, params, query }) =>
      listLogs(database, tenantOf(caller), { id: params.id, ...query }),

    cancel: ({ caller, params }) => cancelExecution(deps, tenantOf(caller), params.id),
  } satisfies Handlers<typeof automationServices>;
}
