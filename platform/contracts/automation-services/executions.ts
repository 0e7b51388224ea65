import { z } from 'zod';
import { paged, paging } from '../paging.ts';
import { route } from '../route.ts';
import { stepTypes } from './workflow-steps.ts';

const data = z.record(z.string(), z.unknown());

export const executionStatuses = ['pending', 'running', 'completed', 'failed', 'cancelled'] as const;
export const stepStatuses = ['pending', 'running', 'completed', 'failed', 'skipped'] as const;
export const executionTriggers = ['manual', 'schedule', 'file_upload', 'file_processed', 'command'] as const;

/**
 * Ends once, as `completed`, `failed` or `cancelled`. When its process dies, an execution that has started or needs the
 * caller's rights fails as interrupted: the effect of its running step is unknown. Otherwise another process starts it.
 */
export const Execution = z.object({
  id: z.uuid(),
  workflow_id: z.uuid(),
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
  description: `Responds with 409 for an inactive workflow and with 429 while too many executions of the tenant are
unfinished. The caller's token is kept in memory until the execution ends and is never stored. Calls to Airtable, files
and the platform's own gateway use it while it is valid. Executions that were started by a schedule, a file event or a
command without a token have no such rights; steps that need them fail with this reason.`,
  access: 'user',
  scope: 'workflows:write',
  params: one,
  body: z.object({ input: data.default({}) }).default({ input: {} }),
  success: { status: 202, description: 'The execution has started', schema: Execution },
  problems: ['not_found', 'conflict', 'rate_limited'],
} as const;

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
    params: one,
    query: paging,
    success: { status: 200, description: 'One page', schema: executionPage },
    problems: ['not_found'],
  }),
  executions: route({
    method: 'GET',
    path: '/executions',
    summary: 'List the executions of the tenant, newest first',
    access: 'user',
    scope: 'workflows:read',
    query: paging.extend({ status: Execution.shape.status.optional() }),
    success: { status: 200, description: 'One page', schema: executionPage },
  }),
  execution: route({
    method: 'GET',
    path: '/executions/:id',
    summary: 'Get an execution with its steps',
    access: 'user',
    scope: 'workflows:read',
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
    params: one,
    success: { status: 200, description: 'The cancelled execution', schema: Execution },
    problems: ['not_found', 'conflict'],
  }),
} as const;
