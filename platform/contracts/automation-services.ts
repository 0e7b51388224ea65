import { z } from 'zod';
import { route } from './route.ts';
import { service } from './service.ts';

const data = z.record(z.string(), z.unknown());
const title = z.string().trim().min(1).max(200);

export const Trigger = z.discriminatedUnion('type', [
  z.object({ type: z.literal('manual') }),
  z.object({ type: z.literal('schedule'), cron: z.string().min(1).max(100) }),
  z.object({
    type: z.enum(['file_upload', 'file_processed']),
    extensions: z.array(z.string().max(10)).optional(),
  }),
]);

export const WorkflowStep = z.object({
  type: z.enum([
    'http_request',
    'file_process',
    'airtable_create',
    'airtable_update',
    'delay',
    'log',
    'condition',
    'data_transform',
    'notification',
  ]),
  name: title.optional(),
  config: data.default({}).describe('Strings may hold `{filename}`, `{content}` and `{step_N_result}`'),
  continue_on_error: z.boolean().default(false),
});

const WorkflowInput = z.object({
  name: title,
  description: z.string().max(5000).default(''),
  steps: z.array(WorkflowStep).min(1).max(50),
  triggers: z.array(Trigger).max(10).default([]),
  enabled: z.boolean().default(true),
  max_retries: z.int().min(0).max(10).default(3),
  timeout: z.int().min(1).max(3600).default(300).describe('Seconds of one execution'),
});

export const Workflow = z.object({
  id: z.uuid(),
  tenant_id: z.uuid(),
  name: z.string(),
  description: z.string(),
  steps: z.array(WorkflowStep),
  triggers: z.array(Trigger),
  enabled: z.boolean(),
  status: z.enum(['active', 'inactive', 'paused']),
  max_retries: z.int(),
  timeout: z.int(),
  executions: z.int(),
  next_run_at: z.iso.datetime().nullable(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});
export type Workflow = z.infer<typeof Workflow>;

export const Execution = z.object({
  id: z.uuid(),
  workflow_id: z.uuid(),
  status: z.enum(['pending', 'running', 'completed', 'failed', 'cancelled']),
  trigger: z.string(),
  steps: z.array(
    z.object({ index: z.int(), status: z.string(), result: z.unknown(), error: z.string().nullable() }),
  ),
  error: z.string().nullable(),
  started_at: z.iso.datetime().nullable(),
  completed_at: z.iso.datetime().nullable(),
});
export type Execution = z.infer<typeof Execution>;

const Template = z.object({
  id: z.uuid(),
  name: z.string(),
  category: z.string(),
  description: z.string(),
  steps: z.array(WorkflowStep),
  uses: z.int(),
});

const Notification = z.object({
  id: z.uuid(),
  recipient_id: z.uuid(),
  subject: z.string(),
  body: z.string(),
  read: z.boolean(),
  created_at: z.iso.datetime(),
});

const one = z.object({ id: z.uuid() });
const paging = z.object({
  page: z.coerce.number().int().min(1).max(100_000).default(1),
  page_size: z.coerce.number().int().min(1).max(100).default(20),
});
const paged = { total: z.int(), page: z.int(), page_size: z.int() };
const executionPage = z.object({ executions: z.array(Execution), ...paged });

const workflowExample = {
  name: 'Welcome',
  steps: [{ type: 'notification', config: { subject: 'Hello', body: 'Welcome aboard' } }],
  triggers: [{ type: 'manual' }],
};

const workflowRoutes = {
  create: route({
    method: 'POST',
    path: '/workflows',
    summary: 'Create a workflow',
    access: 'user',
    body: WorkflowInput,
    bodyExample: workflowExample,
    success: { status: 201, description: 'The workflow', schema: Workflow },
  }),
  list: route({
    method: 'GET',
    path: '/workflows',
    summary: 'Workflows of the same tenant',
    access: 'user',
    query: paging,
    success: {
      status: 200,
      description: 'One page',
      schema: z.object({ workflows: z.array(Workflow), ...paged }),
    },
  }),
  validateCron: route({
    method: 'POST',
    path: '/workflows/validate-cron',
    summary: 'Check a cron expression and see its next times',
    access: 'user',
    body: z.object({ cron: z.string().min(1).max(100), time_zone: z.string().max(64).default('UTC') }),
    bodyExample: { cron: '0 6 * * 1-5' },
    success: {
      status: 200,
      description: 'Whether it is valid, and the next five times',
      schema: z.object({
        valid: z.boolean(),
        error: z.string().optional(),
        next: z.array(z.iso.datetime()),
      }),
    },
  }),
  workflow: route({
    method: 'GET',
    path: '/workflows/:id',
    summary: 'One workflow',
    access: 'user',
    params: one,
    success: { status: 200, description: 'The workflow', schema: Workflow },
    problems: ['not_found'],
  }),
  change: route({
    method: 'PUT',
    path: '/workflows/:id',
    summary: 'Replace a workflow',
    access: 'user',
    params: one,
    body: WorkflowInput,
    bodyExample: workflowExample,
    success: { status: 200, description: 'The workflow', schema: Workflow },
    problems: ['not_found'],
  }),
  remove: route({
    method: 'DELETE',
    path: '/workflows/:id',
    summary: 'Delete a workflow and its executions',
    access: 'user',
    params: one,
    success: { status: 204, description: 'The workflow is gone' },
    problems: ['not_found', 'conflict'],
  }),
  execute: route({
    method: 'POST',
    path: '/workflows/:id/execute',
    summary: 'Run a workflow now',
    access: 'user',
    params: one,
    body: z.object({ input: data.default({}) }).default({ input: {} }),
    success: { status: 202, description: 'The execution has begun', schema: Execution },
    problems: ['not_found', 'conflict'],
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
} as const;

const templateRoutes = {
  templates: route({
    method: 'GET',
    path: '/templates',
    summary: 'Workflow templates',
    access: 'user',
    query: paging.extend({ category: z.string().max(100).optional() }),
    success: {
      status: 200,
      description: 'One page',
      schema: z.object({ templates: z.array(Template), ...paged }),
    },
  }),
  templateCategories: route({
    method: 'GET',
    path: '/templates/categories',
    summary: 'Categories with the number of templates in each',
    access: 'user',
    success: {
      status: 200,
      description: 'All categories',
      schema: z.object({ categories: z.array(z.object({ name: z.string(), templates: z.int() })) }),
    },
  }),
  template: route({
    method: 'GET',
    path: '/templates/:id',
    summary: 'One template',
    access: 'user',
    params: one,
    success: { status: 200, description: 'The template', schema: Template },
    problems: ['not_found'],
  }),
  createFromTemplate: route({
    method: 'POST',
    path: '/templates/:id/create-workflow',
    summary: 'Create a workflow from a template',
    access: 'user',
    params: one,
    body: z.object({ name: title }),
    success: { status: 201, description: 'The workflow', schema: Workflow },
    problems: ['not_found'],
  }),
} as const;

const otherRoutes = {
  notifications: route({
    method: 'GET',
    path: '/notifications',
    summary: 'Notifications to the caller, newest first',
    access: 'user',
    query: paging,
    success: {
      status: 200,
      description: 'One page',
      schema: z.object({ notifications: z.array(Notification), ...paged }),
    },
  }),
  notify: route({
    method: 'POST',
    path: '/notifications',
    summary: 'Deliver a notification to a user of a tenant',
    access: 'service',
    body: z.object({
      tenant_id: z.uuid(),
      recipient_id: z.uuid(),
      subject: z.string().min(1).max(200),
      body: z.string().max(10_000),
    }),
    success: { status: 201, description: 'The notification', schema: Notification },
  }),
  command: route({
    method: 'POST',
    path: '/commands',
    summary: 'Run one command for a saga step; repeating it with the same key has no further effect',
    access: 'service',
    body: z.object({
      command: z.enum(['execute_workflow', 'notify', 'process_file']),
      idempotency_key: z.string().min(1).max(200),
      tenant_id: z.uuid(),
      user_id: z.uuid(),
      payload: data,
    }),
    success: { status: 200, description: 'The result', schema: z.object({ result: data }) },
    problems: ['not_found', 'conflict'],
  }),
} as const;

export const automationServices = service({
  name: 'automation-services',
  title: 'Workflows, schedules, templates and notifications',
  port: 8006,
  mounts: [
    { public: '/api/workflows', internal: '/workflows' },
    { public: '/api/executions', internal: '/executions' },
    { public: '/api/templates', internal: '/templates' },
    { public: '/api/notifications', internal: '/notifications' },
  ],
  routes: { ...workflowRoutes, ...templateRoutes, ...otherRoutes },
});
