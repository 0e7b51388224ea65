import { z } from 'zod';
import { route } from './route.ts';
import { service } from './service.ts';

const data = z.record(z.string(), z.unknown());
const title = z.string().trim().min(1).max(200);
const fileExtension = z
  .string()
  .trim()
  .regex(/^\.?[A-Za-z0-9]{1,10}$/)
  .toLowerCase();

/** What starts a workflow by itself. By hand every workflow that is not inactive can be run. */
export const Trigger = z.discriminatedUnion('type', [
  z.object({ type: z.literal('manual') }),
  z.object({
    type: z.literal('schedule'),
    cron: z
      .string()
      .trim()
      .min(1)
      .max(100)
      .describe('Minute, hour, day, month, weekday; or @daily and the like'),
    time_zone: z.string().min(1).max(64).default('UTC').describe('IANA name, e.g. Europe/Berlin'),
  }),
  z.object({
    type: z.enum(['file_upload', 'file_processed']),
    extensions: z.array(fileExtension).max(20).optional().describe('Absent: files of every kind'),
  }),
]);
export type Trigger = z.infer<typeof Trigger>;

/** `condition` is the first generation's name of `conditional`; both mean the same. */
export const stepTypes = [
  'http_request',
  'file_process',
  'airtable_create',
  'airtable_update',
  'delay',
  'log',
  'condition',
  'conditional',
  'data_transform',
  'notification',
] as const;
export type StepType = (typeof stepTypes)[number];

/**
 * One step. What `config` holds follows from `type` and is checked when a workflow is saved:
 *
 * - `http_request` {url, method?, headers?, body?, fail_on_status?}: public hosts, or the platform's own gateway,
 *   which is called with the rights of who runs the workflow. Redirects are not followed.
 * - `file_process` {file_id?}: waits until the file has been processed; afterwards `{content}` is its text.
 * - `airtable_create` {base_id, table, fields, typecast?}, `airtable_update` {base_id, table, record_id, fields, typecast?}.
 * - `delay` {seconds}, `log` {message, level?}, `notification` {subject, body, recipient_id?}.
 * - `conditional` {left, operator, right?, otherwise?, skip?} or {expression, otherwise?, skip?}: when it does not
 *   hold, `stop` (the default) ends the execution here, `skip` leaves out the next `skip` steps, `continue` only notes it.
 * - `data_transform` {expression, source?}: a JMESPath expression over `source`, or over
 *   {input, file, steps: [results]} when there is none.
 *
 * Text in `config` may hold `{filename}`, `{content}`, `{file_id}`, `{input.path}`, `{step_N_result}` and
 * `{step_N_result.path}`, where N counts from 0. A text that is one placeholder and nothing else becomes the value
 * itself. Inserted text is never looked at again, and within a URL it is percent-encoded. Other braces stay.
 */
export const WorkflowStep = z.object({
  type: z.enum(stepTypes),
  name: title.optional(),
  config: data
    .default({})
    .describe('Follows from the type; text may hold `{filename}`, `{content}` and `{step_N_result}`'),
  continue_on_error: z.boolean().default(false),
});
export type WorkflowStep = z.infer<typeof WorkflowStep>;

export const workflowStatuses = ['active', 'paused', 'inactive'] as const;

const workflowFields = {
  name: title,
  description: z.string().max(5000).default(''),
  steps: z.array(WorkflowStep).min(1).max(50),
  triggers: z.array(Trigger).max(10).default([]),
  status: z
    .enum(workflowStatuses)
    .optional()
    .describe('paused: only by hand; inactive: not at all. Default follows from `enabled`'),
  enabled: z.boolean().optional().describe('Older form of `status`: false is inactive. Default true'),
  max_retries: z.int().min(0).max(10).default(3).describe('Attempts of a step after its first'),
  timeout: z
    .int()
    .min(1)
    .max(3600)
    .default(300)
    .describe('Seconds of one execution, waiting for its turn apart'),
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
      .describe(
        'The version that was changed; answers 409 when somebody else changed the workflow meanwhile',
      ),
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
  version: z.int().describe('Grows by one with every change; executions name the version they run'),
  executions: z.int(),
  successful_executions: z.int(),
  failed_executions: z.int(),
  next_run_at: z.iso.datetime().nullable(),
  last_run_at: z.iso.datetime().nullable(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});
export type Workflow = z.infer<typeof Workflow>;

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

const TemplateInput = z.object({
  name: title,
  category: z.string().trim().min(1).max(100),
  description: z.string().max(5000).default(''),
  steps: WorkflowInput.shape.steps,
  triggers: WorkflowInput.shape.triggers,
});

export const Template = z.object({
  id: z.uuid(),
  name: z.string(),
  category: z.string(),
  description: z.string(),
  steps: z.array(WorkflowStep),
  triggers: z.array(Trigger),
  built_in: z.boolean().describe('Comes with the platform and cannot be changed'),
  uses: z.int().describe('Workflows that the tenant made from it'),
});
export type Template = z.infer<typeof Template>;

export const Notification = z.object({
  id: z.uuid(),
  recipient_id: z.uuid(),
  subject: z.string(),
  body: z.string(),
  read: z.boolean(),
  created_at: z.iso.datetime(),
});

export type Notification = z.infer<typeof Notification>;

const one = z.object({ id: z.uuid() });
const paging = z.object({
  page: z.coerce.number().int().min(1).max(100_000).default(1),
  page_size: z.coerce.number().int().min(1).max(100).default(20),
});
const paged = { total: z.int(), page: z.int(), page_size: z.int() };
const executionPage = z.object({ executions: z.array(ExecutionSummary), ...paged });

const workflowExample = {
  name: 'Welcome',
  steps: [{ type: 'notification', config: { subject: 'Hello', body: 'Welcome aboard' } }],
  triggers: [{ type: 'manual' }],
};

const RunInput = z.object({ input: data.default({}) }).default({ input: {} });
const runDescription = `Answers 409 for an inactive workflow and 429 while too many executions of the tenant are not
done. The caller's token is kept in memory until the execution ends, never stored: Airtable, files and the platform's
own gateway are reached with it, for as long as it is valid. Executions that a schedule, a file event or a command without a token started have no
such rights; steps that need them fail and say so.`;

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
  stats: route({
    method: 'GET',
    path: '/workflows/stats/summary',
    summary: 'Numbers of workflows and executions of the tenant',
    access: 'user',
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
    params: one,
    success: { status: 204, description: 'The workflow is gone' },
    problems: ['not_found', 'conflict'],
  }),
  execute: route({
    method: 'POST',
    path: '/workflows/:id/execute',
    summary: 'Run a workflow now, with the caller’s rights',
    description: runDescription,
    access: 'user',
    params: one,
    body: RunInput,
    success: { status: 202, description: 'The execution has begun', schema: Execution },
    problems: ['not_found', 'conflict', 'rate_limited'],
  }),
  trigger: route({
    method: 'POST',
    path: '/workflows/:id/trigger',
    summary: 'The same as execute; the first generation’s name of it',
    description: runDescription,
    access: 'user',
    params: one,
    body: RunInput,
    success: { status: 202, description: 'The execution has begun', schema: Execution },
    problems: ['not_found', 'conflict', 'rate_limited'],
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
  addTemplate: route({
    method: 'POST',
    path: '/templates',
    summary: 'Keep a template for the tenant',
    access: 'user',
    body: TemplateInput,
    bodyExample: { ...workflowExample, category: 'notifications' },
    success: { status: 201, description: 'The template', schema: Template },
  }),
  changeTemplate: route({
    method: 'PUT',
    path: '/templates/:id',
    summary: 'Replace a template of the tenant',
    access: 'user',
    params: one,
    body: TemplateInput,
    success: { status: 200, description: 'The template', schema: Template },
    problems: ['not_found', 'forbidden'],
  }),
  removeTemplate: route({
    method: 'DELETE',
    path: '/templates/:id',
    summary: 'Delete a template of the tenant; workflows made from it stay',
    access: 'user',
    params: one,
    success: { status: 204, description: 'The template is gone' },
    problems: ['not_found', 'forbidden'],
  }),
  templateUsage: route({
    method: 'GET',
    path: '/templates/:id/usage-stats',
    summary: 'How the tenant has used a template',
    access: 'user',
    params: one,
    success: {
      status: 200,
      description: 'Counts over the workflows made from it that still exist, and all uses',
      schema: z.object({
        template_id: z.uuid(),
        uses: z.int(),
        workflows: z.int(),
        executions: z.int(),
        last_used_at: z.iso.datetime().nullable(),
      }),
    },
    problems: ['not_found'],
  }),
  createFromTemplate: route({
    method: 'POST',
    path: '/templates/:id/create-workflow',
    summary: 'Create a workflow from a template',
    access: 'user',
    params: one,
    body: z.object({ name: title, description: z.string().max(5000).optional() }),
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
  readNotification: route({
    method: 'POST',
    path: '/notifications/:id/read',
    summary: 'Mark a notification to the caller as read',
    access: 'user',
    params: one,
    success: { status: 200, description: 'The notification', schema: Notification },
    problems: ['not_found'],
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
    description: `\`execute_workflow\` {workflow_id, input?} answers {execution_id, status} once the execution is stored.
\`notify\` {subject, body, recipient_id?} answers {notification_id}; without recipient it goes to \`user_id\`.
\`process_file\` {file_id} answers {file_id, status} once processing has begun, and needs the user's rights: send
\`Authorization: Bearer …\` of \`user_id\` beside the internal key. A repeated key answers the first result; with
another command or payload, or while the first is still at work, it answers 409. A command that failed may be repeated. Keys are kept for seven days.`,
    access: 'service',
    body: z.object({
      command: z.enum(['execute_workflow', 'notify', 'process_file']),
      idempotency_key: z.string().min(1).max(200),
      tenant_id: z.uuid(),
      user_id: z.uuid(),
      payload: data,
    }),
    success: { status: 200, description: 'The result', schema: z.object({ result: data }) },
    problems: ['not_found', 'conflict', 'rate_limited', 'forbidden', 'bad_gateway', 'gateway_timeout'],
  }),
  fileEvent: route({
    method: 'POST',
    path: '/events/files',
    summary: 'Start the active workflows of a tenant that wait for this kind of file event',
    description: 'Repeating an event of the same file has no further effect.',
    access: 'service',
    body: z.object({
      type: z.enum(['file_upload', 'file_processed']),
      tenant_id: z.uuid(),
      user_id: z.uuid().describe('Who uploaded the file'),
      file_id: z.uuid(),
      filename: z.string().min(1).max(255),
      content: z.string().max(500_000).optional().describe('Extracted text'),
    }),
    success: {
      status: 202,
      description: 'The executions it started',
      schema: z.object({ executions: z.array(z.uuid()) }),
    },
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
