import { z } from 'zod';
import { paged, paging } from '../paging.ts';
import { route } from '../route.ts';
import { executionStatuses } from './executions.ts';
import { Trigger, title, WorkflowStep } from './workflow-steps.ts';

export const workflowStatuses = ['active', 'paused', 'inactive'] as const;

const workspaceId = z
  .uuid()
  .optional()
  .describe('The workspace that it belongs to; by default the default workspace of the caller');

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
  .object({ workspace_id: workspaceId, ...workflowFields })
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
  workspace_id: z.uuid(),
  owner_id: z.uuid().describe('The user who saved it last: automatic executions act for this user'),
  name: z.string(),
  description: z.string(),
  steps: z.array(WorkflowStep),
  triggers: z.array(Trigger),
  enabled: z.boolean(),
  status: z.enum(workflowStatuses),
  paused_reason: z
    .string()
    .nullable()
    .describe(
      'Why the platform has paused it: its owner may no longer do what it does. Saving it continues it',
    ),
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

/** A workflow as it was saved once. */
export const WorkflowVersion = z.object({
  workflow_id: z.uuid(),
  version: z.int(),
  name: z.string(),
  description: z.string(),
  steps: z.array(WorkflowStep),
  triggers: z.array(Trigger),
  max_retries: z.int(),
  timeout: z.int(),
  changed_by: z.uuid(),
  changed_at: z.iso.datetime(),
});
export type WorkflowVersion = z.infer<typeof WorkflowVersion>;

export const workflowRoutes = {
  create: route({
    method: 'POST',
    path: '/workflows',
    summary: 'Create a workflow',
    access: 'user',
    scope: 'workflows:write',
    needs: { right: 'edit', of: 'workspace', id: 'body.workspace_id' },
    body: WorkflowInput,
    bodyExample: workflowExample,
    success: { status: 201, description: 'The workflow', schema: Workflow },
  }),
  list: route({
    method: 'GET',
    path: '/workflows',
    summary: 'List the workflows in the caller’s workspaces',
    access: 'user',
    scope: 'workflows:read',
    needs: { right: 'read', of: 'visible' },
    query: paging.extend({
      status: z.enum(workflowStatuses).optional(),
      workspace_id: z.uuid().optional().describe('Only of this workspace'),
    }),
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
    needs: 'self',
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
    summary: 'Count the workflows and executions in the caller’s workspaces',
    access: 'user',
    scope: 'workflows:read',
    needs: { right: 'read', of: 'visible' },
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
    needs: { right: 'read', of: 'workflow', id: 'params.id' },
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
    needs: { right: 'edit', of: 'workflow', id: 'params.id' },
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
    needs: { right: 'edit', of: 'workflow', id: 'params.id' },
    params: one,
    success: { status: 204, description: 'The workflow is deleted' },
    problems: ['not_found', 'conflict'],
  }),
  versions: route({
    method: 'GET',
    path: '/workflows/:id/versions',
    summary: 'List the versions of a workflow, newest first',
    access: 'user',
    scope: 'workflows:read',
    needs: { right: 'read', of: 'workflow', id: 'params.id' },
    params: one,
    query: paging,
    success: {
      status: 200,
      description: 'One page',
      schema: z.object({ versions: z.array(WorkflowVersion), ...paged }),
    },
    problems: ['not_found'],
  }),
  version: route({
    method: 'GET',
    path: '/workflows/:id/versions/:version',
    summary: 'Get a workflow as it was in a version',
    access: 'user',
    scope: 'workflows:read',
    needs: { right: 'read', of: 'workflow', id: 'params.id' },
    params: one.extend({ version: z.coerce.number().int().min(1).max(2_147_483_647) }),
    success: { status: 200, description: 'The version', schema: WorkflowVersion },
    problems: ['not_found'],
  }),
} as const;
