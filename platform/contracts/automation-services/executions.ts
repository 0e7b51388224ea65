import { z } from 'zod';
import { paged, paging } from '../paging.ts';
import { route } from '../route.ts';
import { stepTypes } from './workflow-steps.ts';

const data = z.record(z.string(), z.unknown());

export const executionStatuses = ['pending', 'running', 'completed', 'failed', 'cancelled'] as const;
export const stepStatuses = ['pending', 'running', 'completed', 'failed', 'skipped'] as const;
export const executionTriggers = ['manual', 'schedule', 'file_upload', 'file_processed', 'command'] as const;

/**
 * Ends once, in `completed`, `failed` or `cancelled`. One whose process died is failed as interrupted when it had
 * begun or needs its caller's rights, since nobody can know what its step in hand has done; otherwise another
 * process starts it.
 */
export const Execution = z.object({
  id: z.uuid(),
  workflow_id: z.uuid(),
  workflow_version: z.int(),
  status: z.enum(executionStatuses),
  trigger: z.enum(executionTriggers),
  scheduled_for: z.iso.datetime().nullable().describe('The time of the schedule it was started for'),
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

/** An execution in a list, without what it was given and what its steps made. */
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

/** What the two names of running a workflow have in common. */
const run = {
  description: `Answers 409 for an inactive workflow and 429 while too many executions of the tenant are not
done. The caller's token is kept in memory until the execution ends, never stored: Airtable, files and the platform's
own gateway are reached with it, for as long as it is valid. Executions that a schedule, a file event or a command without a token started have no
such rights; steps that need them fail and say so.`,
  access: 'user',
  params: one,
  body: z.object({ input: data.default({}) }).default({ input: {} }),
  success: { status: 202, description: 'The execution has begun', schema: Execution },
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
    summary: 'The same as execute; the first generation’s name of it',
    ...run,
  }),
  workflowExecutions: route({
    method: 'GET',
    path: '/workflows/:id/executions',
    summary: 'Executions of a workflow, newest first',
    access: 'user',
    params: one,
    query: paging,
    success: { status: 200, description: 'One page', schema: executionPage },
    problems: ['not_found'],
  }),
  executions: route({
    method: 'GET',
    path: '/executions',
    summary: 'Executions of the same tenant, newest first',
    access: 'user',
    query: paging.extend({ status: Execution.shape.status.optional() }),
    success: { status: 200, description: 'One page', schema: executionPage },
  }),
  execution: route({
    method: 'GET',
    path: '/executions/:id',
    summary: 'One execution with its steps',
    access: 'user',
    params: one,
    success: { status: 200, description: 'The execution', schema: Execution },
    problems: ['not_found'],
  }),
  executionLogs: route({
    method: 'GET',
    path: '/executions/:id/logs',
    summary: 'What an execution noted, oldest first',
    access: 'user',
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
    summary: 'Stop an execution; a request its step has already sent is not undone',
    access: 'user',
    params: one,
    success: { status: 200, description: 'The cancelled execution', schema: Execution },
    problems: ['not_found', 'conflict'],
  }),
} as const;
