import { z } from 'zod';
import { paged, paging } from '../paging.ts';
import { route } from '../route.ts';
import { serviceNames } from '../service.ts';
import { eventType } from './events.ts';

const data = z.record(z.string(), z.unknown());
export const sagaName = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/);

/**
 * Terminal states: `completed`; `compensated` (everything that can be undone is undone); `compensation_failed` (needs a
 * person, who can request compensation again); `failed` and `timeout` (there was nothing to undo).
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

/** `skipped`: not started because the saga ended before, or optional and failed. */
export const stepStatuses = ['pending', 'running', 'completed', 'failed', 'compensated', 'skipped'] as const;
export type StepStatus = (typeof stepStatuses)[number];

const placeholder = z.string().max(1000);
const constant = z.union([z.string().max(1000), z.number(), z.boolean(), z.null()]);

/** When a step runs. The value is a text with placeholders; one that is only a placeholder has any type. */
export const StepCondition = z.union([
  z.strictObject({ value: placeholder, equals: constant }),
  z.strictObject({ value: placeholder, not_equals: constant }),
  z.strictObject({ value: placeholder, one_of: z.array(constant).min(1).max(50) }),
  z.strictObject({ value: placeholder, greater_than: z.number() }),
  z.strictObject({ value: placeholder, less_than: z.number() }),
  z.strictObject({ value: placeholder, exists: z.boolean() }),
]);

const CallPayload = z.strictObject({
  params: data.optional(),
  query: data.optional(),
  body: z.unknown().optional(),
});

/**
 * One step: a service of the platform and a JSON route of its contract that users may call. The original platform had a
 * free `service_url`, which let callers direct requests to any address. The call has the rights of the user who started
 * the saga, as they are at that moment.
 *
 * An attempt whose response was lost is repeated. All attempts carry the same `idempotency-key`, with which the called
 * service does it once.
 *
 * Steps run in sequence, unless `depends_on` says otherwise: steps whose dependencies have ended run at the same time,
 * at most ten of a saga. An unknown field is rejected.
 */
export const SagaStep = z.strictObject({
  step_id: sagaName,
  service: z.enum(serviceNames),
  action: z
    .string()
    .min(1)
    .max(100)
    .describe('Name of a route in the service’s contract, e.g. `createTable`'),
  payload: CallPayload.default({}).describe(
    `\`params\`, \`query\` and \`body\` of the call. Placeholders: \${step_id.path} for a value of an earlier result, \${saga.id} and \${saga.user_id}, \${event.path} for a value of the triggering event. \`*\` in a path stands for each entry of a list. A text that is only one placeholder becomes the value itself. Inserted text is not expanded again.`,
  ),
  compensation_action: z.string().min(1).max(100).optional().describe('A route of the same service'),
  compensation_payload: CallPayload.optional().describe(
    `Like payload; \${result.path} is the result of this step`,
  ),
  timeout: z.number().positive().max(3600).default(300).describe('Maximum duration of an attempt, seconds'),
  retry_attempts: z
    .int()
    .min(0)
    .max(10)
    .default(3)
    .describe(
      'Attempts after the first, with growing pauses. 4xx responses other than 408, 423, 425 and 429 are final',
    ),
  depends_on: z
    .array(sagaName)
    .max(50)
    .optional()
    .describe(
      'Ids of earlier steps that must have ended before this one starts; an empty list starts it at once. Default: the step before it. Its placeholders can name only steps that have certainly ended. Orchestration only',
    ),
  when: StepCondition.optional().describe(
    'Condition on an earlier result; the step is skipped if it is not met. A step that uses results of a skipped one needs the same condition',
  ),
  optional: z.boolean().default(false).describe('Whether the saga continues if this step fails'),
  on: eventType
    .optional()
    .describe(
      'Choreography only: the step starts once an event of this type was published in the tenant after the start of the saga, with the saga’s id as correlation_id or without one',
    ),
});

export const SagaStart = z.strictObject({
  saga_id: z
    .uuid()
    .optional()
    .describe('Set by the caller to make the start idempotent: a repeated start returns the existing saga'),
  pattern: z
    .enum(['orchestration', 'choreography'])
    .default('orchestration')
    .describe(
      'orchestration: the steps run in sequence. choreography: an event in the stream starts each step',
    ),
  steps: z.array(SagaStep).min(1).max(50),
  timeout: z
    .number()
    .positive()
    .max(86_400)
    .default(3600)
    .describe('Maximum duration of the saga, seconds; after it the saga is undone'),
  workspace_id: z
    .uuid()
    .optional()
    .describe('The workspace to which the saga belongs; default: the default workspace of the caller'),
  metadata: data.default({}),
});

export const Saga = z.object({
  saga_id: z.uuid(),
  type: z.string().nullable().describe('Name of its template'),
  pattern: SagaStart.shape.pattern.unwrap(),
  status: z.enum(sagaStatuses),
  tenant_id: z.uuid(),
  workspace_id: z.uuid().nullable(),
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
  error: z.string().nullable().describe('Reason why it or its compensation failed'),
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
    scope: 'sagas:write',
    needs: { right: 'edit', of: 'workspace', id: 'body.workspace_id' },
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
    description: `The steps act for the caller with a grant that allows exactly their routes (\`GET /auth/grants\` of
platform-services lists it). Each call has a fresh access token, so a saga may last longer than the caller’s own, and any
process can continue it. If the caller is deactivated, loses the membership or the role, or revokes the grant, the saga
fails with this reason and is undone. What the saga created is then deleted with the rights of the workspace’s owner;
other compensations are left, and the saga ends as compensation_failed. Returns 429 while too many sagas of the tenant
are unfinished.`,
    problems: ['conflict', 'rate_limited'],
  }),
  list: route({
    method: 'GET',
    path: '/saga',
    summary: 'List the sagas of the caller’s workspaces, newest first',
    access: 'user',
    scope: 'sagas:read',
    needs: { right: 'read', of: 'visible' },
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
    summary: 'Get a saga and its state',
    access: 'user',
    scope: 'sagas:read',
    needs: { right: 'read', of: 'saga', id: 'params.id' },
    params: one,
    success: { status: 200, description: 'The saga', schema: Saga },
    problems: ['not_found'],
  }),
  steps: route({
    method: 'GET',
    path: '/saga/:id/steps',
    summary: 'List the steps of a saga with their results',
    description:
      'Only for the user who started the saga, since the results were read with that user’s rights. Other members of the workspace get 403.',
    access: 'user',
    scope: 'sagas:read',
    needs: { right: 'read', of: 'saga', id: 'params.id' },
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
    summary: 'List the events of a saga',
    description:
      'The log is append-only and numbered from 1 without gaps. Only for the user who started the saga; other members of the workspace get 403.',
    access: 'user',
    scope: 'sagas:read',
    needs: { right: 'read', of: 'saga', id: 'params.id' },
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
    summary: 'Cancel a saga and undo its completed steps',
    description:
      'Only for the user who started the saga. Has no effect on a saga that was cancelled, has failed or is undone. A completed one returns 409.',
    access: 'user',
    scope: 'sagas:write',
    needs: { right: 'edit', of: 'saga', id: 'params.id' },
    params: one,
    success: { status: 202, description: 'The saga is being cancelled', schema: Saga },
    problems: ['not_found', 'forbidden', 'conflict'],
  }),
  compensate: route({
    method: 'POST',
    path: '/saga/:id/compensate',
    summary: 'Undo the completed steps of a saga, in reverse order',
    description:
      'Only for the user who started the saga, with the caller’s rights. A running saga is cancelled first. No step is undone twice. After compensation_failed, the remaining steps are tried again. Returns 409 for a completed saga without force, and for one with nothing to undo.',
    access: 'user',
    scope: 'sagas:write',
    needs: { right: 'edit', of: 'saga', id: 'params.id' },
    params: one,
    body: z.strictObject({
      reason: z.string().trim().min(1).max(1000),
      force: z.boolean().default(false).describe('Also undo a completed saga'),
    }),
    success: { status: 202, description: 'Compensation has started', schema: Saga },
    problems: ['not_found', 'forbidden', 'conflict'],
  }),
} as const;
