import type { automationServices } from '../../../contracts/automation-services/contract.ts';
import { bearerToken } from '../../../kit/auth/access.ts';
import { tenantOf } from '../../../kit/auth/tenant-of.ts';
import type { HandlerRequest, Handlers } from '../../../kit/http/handler.ts';
import { cancelExecution } from '../executions/cancel-execution.ts';
import { listExecutions, listLogs, readExecution } from '../executions/executions.ts';
import { type StartDeps, startExecution } from '../executions/start-execution.ts';
import { CronError, nextTimes } from '../schedules/cron.ts';
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

const sumOf = (counts: ReadonlyMap<string, number>) =>
  [...counts.values()].reduce((all, one) => all + one, 0);

/** How many next times a valid expression is answered with. */
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
      const who = tenantOf(caller);
      const now = clock.now();
      await checkWorkflow(body, { kinds, now });
      return database.withTenant(who, (tx) => insertWorkflow(tx, who, { input: body, now }));
    },

    async list({ caller, query }) {
      const { page, page_size, status } = query;
      const found = await listWorkflows(database, tenantOf(caller), { page, pageSize: page_size, status });
      return { ...found, page, page_size };
    },

    async validateCron({ body }) {
      try {
        const times = nextTimes(
          { cron: body.cron, timeZone: body.time_zone },
          { after: clock.now(), count: shownTimes },
        );
        if (times.length === 0) return { valid: false, error: 'no time ever fits this expression', next: [] };
        return { valid: true, next: times.map((time) => time.toISOString()) };
      } catch (error) {
        if (error instanceof CronError) return { valid: false, error: error.message, next: [] };
        throw error;
      }
    },

    async stats({ caller }) {
      const { workflows, executions } = await countWorkflows(database, tenantOf(caller));
      const of = (counts: ReadonlyMap<string, number>, status: string) => counts.get(status) ?? 0;
      return {
        workflows: sumOf(workflows),
        by_status: {
          active: of(workflows, 'active'),
          paused: of(workflows, 'paused'),
          inactive: of(workflows, 'inactive'),
        },
        executions: sumOf(executions),
        executions_by_status: {
          pending: of(executions, 'pending'),
          running: of(executions, 'running'),
          completed: of(executions, 'completed'),
          failed: of(executions, 'failed'),
          cancelled: of(executions, 'cancelled'),
        },
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

    async workflowExecutions({ caller, params, query }) {
      const { page, page_size } = query;
      const found = await database.withTenant(tenantOf(caller), async (tx) => {
        await readWorkflow(tx, params.id);
        return listExecutions(tx, { workflowId: params.id, page, pageSize: page_size });
      });
      return { ...found, page, page_size };
    },

    async executions({ caller, query }) {
      const { page, page_size, status } = query;
      const found = await database.withTenant(tenantOf(caller), (tx) =>
        listExecutions(tx, { status, page, pageSize: page_size }),
      );
      return { ...found, page, page_size };
    },

    execution: ({ caller, params }) =>
      database.withTenant(tenantOf(caller), (tx) => readExecution(tx, params.id)),

    async executionLogs({ caller, params, query }) {
      const { page, page_size } = query;
      const found = await listLogs(database, tenantOf(caller), { id: params.id, page, pageSize: page_size });
      return { ...found, page, page_size };
    },

    cancel: ({ caller, params }) => cancelExecution(deps, tenantOf(caller), params.id),
  } satisfies Handlers<typeof automationServices>;
}
