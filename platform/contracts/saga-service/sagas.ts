import { z } from 'zod';
import { paged, paging } from '../paging.ts';
import { route } from '../route.ts';
import { serviceNames } from '../service.ts';
import { eventType } from './events.ts';

const data = z.record(z.string(), z.unknown());
const name = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/);

/**
 * Terminal states: `completed`; `compensated` (everything that can be undone is); `compensation_failed` (needs a
 * person, who may ask for compensation again); `failed` and `timeout` (nothing was to be undone).
 */
export const sagaStatuses = [
  'pending',
  'running',
  'completed',
  'compensating',
  'compensated',
  'compensation_failed',
  'failed',
  'timeout',
] as const;
export type SagaStatus = (typeof sagaStatuses)[number];

/** `skipped`: never begun because the saga ended before, or optional and failed. */
export const stepStatuses = ['pending', 'running', 'completed', 'failed', 'compensated', 'skipped'] as const;
export type StepStatus = (typeof stepStatuses)[number];

const CallPayload = z.strictObject({
  params: data.optional(),
  query: data.optional(),
  body: z.unknown().optional(),
});

/**
 * One step. The original named a free `service_url`, which let callers aim the platform at any address; here a
 * step names a service of the platform and a route of its contract that users may call and that speaks JSON. It is
 * called with the rights of who started the saga.
 *
 * A step is called at least once: an attempt whose answer was lost is repeated, so what it calls should bear that.
 * With `retry_attempts` 0 it is called at most once. Every call carries an `idempotency-key` that is the same for
 * all attempts.
 */
export const SagaStep = z.object({
  step_id: name,
  service: z.enum(serviceNames),
  action: z
    .string()
    .min(1)
    .max(100)
    .describe('Name of a route in that service’s contract, e.g. `createTable`'),
  payload: CallPayload.default({}).describe(
    `\`params\`, \`query\` and \`body\` of the call; \${step_id.path} inserts a value of an earlier result, \${saga.id} and \${saga.user_id} the saga’s own, \${event.path} of the event waited for. \`*\` in a path stands for each entry of a list. A text that is one placeholder and nothing else becomes the value itself. Inserted text is never looked at again.`,
  ),
  compensation_action: z.string().min(1).max(100).optional().describe('A route of the same service'),
  compensation_payload: CallPayload.optional().describe(
    `As payload; \${result.path} is this step’s own result`,
  ),
  timeout: z.number().positive().max(3600).default(300).describe('Seconds per attempt'),
  retry_attempts: z
    .int()
    .min(0)
    .max(10)
    .default(3)
    .describe(
      'Attempts after the first, with growing pauses. Refusals (4xx other than 408, 423, 425 and 429) are final',
    ),
  optional: z.boolean().default(false).describe('Whether the saga goes on when this step fails'),
  on: eventType
    .optional()
    .describe(
      'Choreography only: the step begins when an event of this type has been published in the tenant since the saga was started, with the saga’s id as correlation_id or with none',
    ),
});

export const SagaStart = z.object({
  saga_id: z
    .uuid()
    .optional()
    .describe(
      'Chosen by the caller to make the start idempotent: repeating it answers the saga as it stands',
    ),
  pattern: z
    .enum(['orchestration', 'choreography'])
    .default('orchestration')
    .describe(
      'orchestration: one step after the other. choreography: each step is set off by an event in the stream',
    ),
  steps: z.array(SagaStep).min(1).max(50),
  timeout: z
    .number()
    .positive()
    .max(86_400)
    .default(3600)
    .describe('Seconds until a saga that is not complete is undone'),
  metadata: data.default({}),
});

export const Saga = z.object({
  saga_id: z.uuid(),
  type: z.string().nullable().describe('Name of the template it was started from'),
  pattern: SagaStart.shape.pattern.unwrap(),
  status: z.enum(sagaStatuses),
  tenant_id: z.uuid(),
  started_by: z.uuid(),
  error: z.string().nullable(),
  metadata: data,
  timeout_at: z.iso.datetime(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});
export type Saga = z.infer<typeof Saga>;

export const SagaStepState = z.object({
  step_id: z.string(),
  service: z.enum(serviceNames),
  action: z.string(),
  status: z.enum(stepStatuses),
  attempts: z.int().nonnegative(),
  result: z.unknown(),
  error: z.string().nullable().describe('Why it, or its compensation, failed'),
  started_at: z.iso.datetime().nullable(),
  completed_at: z.iso.datetime().nullable(),
});
export type SagaStepState = z.infer<typeof SagaStepState>;

const one = z.object({ id: z.uuid() });

export const sagaRoutes = {
  start: route({
    method: 'POST',
    path: '/saga/start',
    summary: 'Start a saga from its steps',
    access: 'user',
    body: SagaStart,
    bodyExample: {
      steps: [
        {
          step_id: 'create_table',
          service: 'airtable-gateway',
          action: 'createTable',
          payload: {
            params: { baseId: 'appA1b2C3d4E5f6G7' },
            body: { name: 'Orders', fields: [{ name: 'Number', type: 'singleLineText' }] },
          },
        },
      ],
    },
    success: { status: 202, description: 'The saga is running', schema: Saga },
    description: `The access token of the caller is kept in memory only, for as long as the saga runs, and is sent with
every step. When the process that runs the saga ends, another one takes over; it does not have the token, so steps that
need it fail then, and completed ones are undone as far as no token is needed for that. Such a saga ends as
compensation_failed if something is left, and asking for its compensation with a new token finishes it. The same holds
when the token expires before the saga is over. Answers 429 while too many sagas of the tenant are not finished.`,
    problems: ['conflict', 'rate_limited'],
  }),
  list: route({
    method: 'GET',
    path: '/saga',
    summary: 'Sagas of the same tenant, newest first',
    access: 'user',
    query: paging.extend({
      status: z.enum(sagaStatuses).optional(),
    }),
    success: {
      status: 200,
      description: 'One page',
      schema: z.object({ sagas: z.array(Saga), ...paged }),
    },
  }),
  saga: route({
    method: 'GET',
    path: '/saga/:id',
    summary: 'A saga and its state',
    access: 'user',
    params: one,
    success: { status: 200, description: 'The saga', schema: Saga },
    problems: ['not_found'],
  }),
  steps: route({
    method: 'GET',
    path: '/saga/:id/steps',
    summary: 'The steps of a saga with their results',
    description:
      'Only for who started it: results were read with their rights. Others of the tenant are answered 403.',
    access: 'user',
    params: one,
    success: {
      status: 200,
      description: 'Steps in order',
      schema: z.object({ saga_id: z.uuid(), steps: z.array(SagaStepState) }),
    },
    problems: ['not_found', 'forbidden'],
  }),
  events: route({
    method: 'GET',
    path: '/saga/:id/events',
    summary: 'The event log of a saga',
    description:
      'Append-only, numbered from 1 without gaps. Only for who started the saga; others of the tenant are answered 403.',
    access: 'user',
    params: one,
    success: {
      status: 200,
      description: 'Events in order',
      schema: z.object({
        saga_id: z.uuid(),
        events: z.array(z.object({ version: z.int(), type: z.string(), data, at: z.iso.datetime() })),
      }),
    },
    problems: ['not_found', 'forbidden'],
  }),
  cancel: route({
    method: 'POST',
    path: '/saga/:id/cancel',
    summary: 'End a saga that is not over, and undo its completed steps',
    description:
      'Only for who started it. Repeating it, or cancelling a saga that has failed or is undone, changes nothing; a completed one answers 409.',
    access: 'user',
    params: one,
    success: { status: 202, description: 'It ends', schema: Saga },
    problems: ['not_found', 'forbidden', 'conflict'],
  }),
  compensate: route({
    method: 'POST',
    path: '/saga/:id/compensate',
    summary: 'Undo the completed steps of a saga, in reverse order',
    description:
      'Only for who started it, with the rights of this request. A running saga is ended first. What has been undone is never undone twice. After compensation_failed the rest is tried again. A completed saga without force, and one that has nothing to undo, answer 409.',
    access: 'user',
    params: one,
    body: z.object({
      reason: z.string().trim().min(1).max(1000),
      force: z.boolean().default(false).describe('Also when it has completed'),
    }),
    success: { status: 202, description: 'Compensation has begun', schema: Saga },
    problems: ['not_found', 'forbidden', 'conflict'],
  }),
} as const;
