import { z } from 'zod';
import { paged, paging } from '../paging.ts';
import { route } from '../route.ts';
import { executionStatuses } from './executions.ts';
import { Trigger, title, WorkflowStep } from './workflow-steps.ts';

export const workflowStatuses = ['active', 'paused', 'inactive'] as const;

const workflowFields = {
  name: title,
  description: z.string().max(5000).default(''),
  steps: z.array(WorkflowStep).min(1).max(50),
  triggers: z.array(Trigger).max(10).default([]),
  status: z
    .enum(workflowStatuses)
    .optional()
    .describe('paused: runs only by hand; inactive: does not run. The default depends on `enabled`'),
  enabled: z.boolean().optional().describe('Older form of `status`; false means inactive. Default true'),
  max_retries: z.int().min(0).max(10).default(3).describe('Attempts of a step after the first'),
  timeout: z
    .int()
    .min(1)
    .max(3600)
    .default(300)
    .describe('Maximum duration of an execution without queueing, seconds'),
};
const contradiction = 'contradicts `enabled`';
const agrees = ({ status, enabled }: { status?: string | undefined; enabled?: boolean | undefined }) =>
  status === undefined || enabled === undefined || enabled === (status !== 'inactive');

export const WorkflowInput = z
  .object(workflowFields)
  .refine(agrees, { path: ['status'], message: contradiction });
export type WorkflowInput = z.output<typeof WorkflowInput>;

const WorkflowChange = z
  .object({
    ...workflowFields,
    version: z
      .int()
      .min(1)
      .optional()
      .describe('The version that this change is based on; 409 if the workflow has another version'),
  })
  .refine(agrees, { path: ['status'], message: contradiction });

export const Workflow = z.object({
  id: z.uuid(),
  tenant_id: z.uuid(),
  owner_id: z.uuid(),
  name: z.string(),
  description: z.string(),
  steps: z.array(WorkflowStep),
  triggers: z.array(Trigger),
  enabled: z.boolean(),
  status: z.enum(workflowStatuses),
  max_retries: z.int(),
  timeout: z.int(),
  version: z.int().describe('Increases by one with every change; executions name the version they run'),
  executions: z.int(),
  successful_executions: z.int(),
  failed_executions: z.int(),
  next_run_at: z.iso.datetime().nullable(),
  last_run_at: z.iso.datetime().nullable(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});
export type Workflow = z.infer<typeof Workflow>;

const one = z.object({ id: z.uuid() });

export const workflowExample = {
  name: 'Welcome',
  steps: [{ type: 'notification', config: { subject: 'Hello', body: 'Welcome aboard' } }],
  triggers: [{ type: 'manual' }],
};

export const workflowRoutes = {
  create: route({
    method: 'POST',
    path: '/workflows',
    summary: 'Create a workflow',
    access: 'user',
    scope: 'workflows:write',
    body: WorkflowInput,
    bodyExample: workflowExample,
    success: { status: 201, description: 'The workflow', schema: Workflow },
  }),
  list: route({
    method: 'GET',
    path: '/workflows',
    summary: 'List the workflows of the tenant',
    access: 'user',
    scope: 'workflows:read',
    query: paging.extend({ status: z.enum(workflowStatuses).optional() }),
    success: {
      status: 200,
      description: 'One page',
      schema: z.object({ workflows: z.array(Workflow), ...paged }),
    },
  }),
  validateCron: route({
    method: 'POST',
    path: '/workflows/validate-cron',
    summary: 'Validate a cron expression and list its next times',
    access: 'user',
    idempotency: 'none',
    scope: 'workflows:read',
    body: z.object({ cron: z.string().min(1).max(100), time_zone: z.string().max(64).default('UTC') }),
    bodyExample: { cron: '0 6 * * 1-5' },
    success: {
      status: 200,
      description: 'Whether it is valid, and its next five times',
      schema: z.object({
        valid: z.boolean(),
        error: z.string().optional(),
        next: z.array(z.iso.datetime()),
      }),
    },
  }),
  stats: route({
    method: 'GET',
    path: '/workflows/stats/summary',
    summary: 'Count the workflows and executions of the tenant',
    access: 'user',
    scope: 'workflows:read',
    success: {
      status: 200,
      description: 'Counts',
      schema: z.object({
        workflows: z.int(),
        by_status: z.record(z.enum(workflowStatuses), z.int()),
        executions: z.int(),
        executions_by_status: z.record(z.enum(executionStatuses), z.int()),
      }),
    },
  }),
  workflow: route({
    method: 'GET',
    path: '/workflows/:id',
    summary: 'Get a workflow',
    access: 'user',
    scope: 'workflows:read',
    params: one,
    success: { status: 200, description: 'The workflow', schema: Workflow },
    problems: ['not_found'],
  }),
  change: route({
    method: 'PUT',
    path: '/workflows/:id',
    summary: 'Replace a workflow',
    access: 'user',
    scope: 'workflows:write',
    params: one,
    body: WorkflowChange,
    bodyExample: workflowExample,
    success: { status: 200, description: 'The workflow', schema: Workflow },
    problems: ['not_found', 'conflict'],
  }),
  remove: route({
    method: 'DELETE',
    path: '/workflows/:id',
    summary: 'Delete a workflow and its executions',
    access: 'user',
    scope: 'workflows:write',
    params: one,
    success: { status: 204, description: 'The workflow is deleted' },
    problems: ['not_found', 'conflict'],
  }),
} as const;
