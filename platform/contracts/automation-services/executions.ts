import { z } from 'zod';
import { paged, paging } from '../paging.ts';
import { route } from '../route.ts';
import { stepTypes } from './workflow-steps.ts';

const data = z.record(z.string(), z.unknown());

/** Maximum number of unfinished executions of one tenant; those above its share of a process wait in a queue. */
export const maxOpenExecutions = 10_000;
/** Maximum number of executions in a row of which each has started the next, by a request or by changing a record. */
export const maxExecutionChain = 10;

export const executionStatuses = [
  'pending',
  'running',
  'paused',
  'completed',
  'failed',
  'cancelled',
] as const;
export const stepStatuses = ['pending', 'running', 'completed', 'failed', 'skipped'] as const;
export const executionTriggers = [
  'manual',
  'schedule',
  'file_upload',
  'file_processed',
  'record_changed',
  'webhook',
  'command',
] as const;

/**
 * Ends as `completed`, `failed` or `cancelled`. It survives its process: another one continues it with the step that it
 * was at. That step happens again, with the same `Idempotency-Key`, so receivers that know such keys see it once.
 */
export const Execution = z.object({
  id: z.uuid(),
  workflow_id: z.uuid(),
  workspace_id: z.uuid(),
  workflow_version: z.int(),
  status: z.enum(executionStatuses),
  trigger: z.enum(executionTriggers),
  scheduled_for: z.iso.datetime().nullable().describe('The scheduled time that started it'),
  input: data,
  steps: z.array(
    z.object({
      index: z.int(),
      type: z.enum(stepTypes),
      name: z.string().nullable(),
      status: z.enum(stepStatuses),
      attempts: z.int(),
      result: z.unknown(),
      error: z.string().nullable(),
      started_at: z.iso.datetime().nullable(),
      completed_at: z.iso.datetime().nullable(),
    }),
  ),
  steps_executed: z.int(),
  steps_successful: z.int(),
  steps_failed: z.int(),
  error: z.string().nullable(),
  created_at: z.iso.datetime(),
  started_at: z.iso.datetime().nullable(),
  completed_at: z.iso.datetime().nullable(),
});
export type Execution = z.infer<typeof Execution>;

/** An execution in a list, without its input and steps. */
export const ExecutionSummary = Execution.omit({ input: true, steps: true });
export type ExecutionSummary = z.infer<typeof ExecutionSummary>;

const ExecutionLog = z.object({
  at: z.iso.datetime(),
  level: z.enum(['debug', 'info', 'warn', 'error']),
  step: z.int().nullable(),
  message: z.string(),
});

const one = z.object({ id: z.uuid() });
const executionPage = z.object({ executions: z.array(ExecutionSummary), ...paged });

/** The parts that both routes for running a workflow share. */
const run = {
  description: `Responds with 409 for an inactive workflow. The execution acts for the caller: by a grant that is limited
to the scopes its steps need and to the workspace, and that ends with it. Each step looks again whether the caller may
still do it. Executions wait while the tenant has many running ones; it may have ${maxOpenExecutions} unfinished ones.
Steps can start workflows too: after ${maxExecutionChain} in a row, the next start returns 409.`,
  access: 'user',
  scope: 'workflows:write',
  needs: { right: 'edit', of: 'workflow', id: 'params.id' },
  params: one,
  body: z.object({ input: data.default({}) }).default({ input: {} }),
  success: { status: 202, description: 'The execution is stored and starts soon', schema: Execution },
  problems: ['not_found', 'conflict', 'rate_limited'],
} as const;

const executionPart = { right: 'read', of: 'execution', id: 'params.id' } as const;
const executionChange = { right: 'edit', of: 'execution', id: 'params.id' } as const;

export const executionRoutes = {
  execute: route({
    method: 'POST',
    path: '/workflows/:id/execute',
    summary: 'Run a workflow now, with the caller’s rights',
    ...run,
  }),
  trigger: route({
    method: 'POST',
    path: '/workflows/:id/trigger',
    summary: 'Same as execute, under the name of the original platform',
    ...run,
  }),
  workflowExecutions: route({
    method: 'GET',
    path: '/workflows/:id/executions',
    summary: 'List the executions of a workflow, newest first',
    access: 'user',
    scope: 'workflows:read',
    needs: { right: 'read', of: 'workflow', id: 'params.id' },
    params: one,
    query: paging,
    success: { status: 200, description: 'One page', schema: executionPage },
    problems: ['not_found'],
  }),
  executions: route({
    method: 'GET',
    path: '/executions',
    summary: 'List the executions in the caller’s workspaces, newest first',
    access: 'user',
    scope: 'workflows:read',
    needs: { right: 'read', of: 'visible' },
    query: paging.extend({
      status: Execution.shape.status.optional(),
      workspace_id: z.uuid().optional().describe('Only of this workspace'),
    }),
    success: { status: 200, description: 'One page', schema: executionPage },
  }),
  execution: route({
    method: 'GET',
    path: '/executions/:id',
    summary: 'Get an execution with its steps',
    access: 'user',
    scope: 'workflows:read',
    needs: executionPart,
    params: one,
    success: { status: 200, description: 'The execution', schema: Execution },
    problems: ['not_found'],
  }),
  executionLogs: route({
    method: 'GET',
    path: '/executions/:id/logs',
    summary: 'List the log entries of an execution, oldest first',
    access: 'user',
    scope: 'workflows:read',
    needs: executionPart,
    params: one,
    query: paging,
    success: {
      status: 200,
      description: 'One page',
      schema: z.object({ logs: z.array(ExecutionLog), ...paged }),
    },
    problems: ['not_found'],
  }),
  cancel: route({
    method: 'POST',
    path: '/executions/:id/cancel',
    summary: 'Cancel an execution; requests already sent are not undone',
    access: 'user',
    scope: 'workflows:write',
    needs: executionChange,
    params: one,
    success: { status: 200, description: 'The cancelled execution', schema: Execution },
    problems: ['not_found', 'conflict'],
  }),
  pause: route({
    method: 'POST',
    path: '/executions/:id/pause',
    summary: 'Pause an execution before its next step',
    description: 'While paused it takes no time of its timeout and no place in the queue.',
    access: 'user',
    scope: 'workflows:write',
    needs: executionChange,
    params: one,
    success: {
      status: 200,
      description: 'The execution; paused once its current step ends',
      schema: Execution,
    },
    problems: ['not_found', 'conflict'],
  }),
  resume: route({
    method: 'POST',
    path: '/executions/:id/resume',
    summary: 'Continue a paused execution',
    access: 'user',
    scope: 'workflows:write',
    needs: executionChange,
    params: one,
    success: { status: 200, description: 'The execution, which continues soon', schema: Execution },
    problems: ['not_found', 'conflict'],
  }),
  retry: route({
    method: 'POST',
    path: '/executions/:id/retry',
    summary: 'Continue a failed or cancelled execution',
    description: `Begins with the first step that did not complete, or with \`from_step\`. Completed steps before it keep their
results. The execution keeps the version of its workflow and acts for the caller from now on.`,
    access: 'user',
    scope: 'workflows:write',
    needs: executionChange,
    params: one,
    body: z
      .object({ from_step: z.int().min(0).max(49).optional().describe('Index of the first step to repeat') })
      .default({}),
    success: { status: 202, description: 'The execution, which continues soon', schema: Execution },
    problems: ['not_found', 'conflict', 'rate_limited'],
  }),
} as const;
