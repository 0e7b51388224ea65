import { z } from 'zod';
import { route } from './route.ts';
import { service, serviceNames } from './service.ts';

const data = z.record(z.string(), z.unknown());
const name = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/);

/** Terminal states: completed, compensated, compensation_failed (needs a person), failed (nothing to undo). */
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

export const stepStatuses = ['pending', 'running', 'completed', 'failed', 'compensated', 'skipped'] as const;

/**
 * One step. The original named a free `service_url`, which let callers aim the platform at any address; here a
 * step names a service of the platform and a route of its contract, called with the rights of who started the saga.
 */
export const SagaStep = z.object({
  step_id: name,
  service: z.enum(serviceNames),
  action: z.string().min(1).max(100).describe('Name of a route in that service’s contract, e.g. `execute`'),
  payload: data
    .default({})
    .describe(
      `\`params\`, \`query\` and \`body\` of the call; \${step_id.path} inserts a value of an earlier result`,
    ),
  compensation_action: z.string().min(1).max(100).optional(),
  compensation_payload: data.optional().describe(`As payload; \${result.path} is this step’s own result`),
  timeout: z.number().positive().max(3600).default(300).describe('Seconds per attempt'),
  retry_attempts: z.int().min(0).max(10).default(3).describe('Attempts after the first'),
});

export const SagaStart = z.object({
  saga_id: z.uuid().optional().describe('Chosen by the caller to make the start idempotent'),
  pattern: z.enum(['orchestration', 'choreography']).default('orchestration'),
  steps: z.array(SagaStep).min(1).max(50),
  timeout: z.number().positive().max(86_400).default(3600).describe('Seconds for the whole saga'),
  metadata: data.default({}),
});

export const Saga = z.object({
  saga_id: z.uuid(),
  type: z.string().nullable().describe('Name of the template it was started from'),
  pattern: SagaStart.shape.pattern.unwrap(),
  status: z.enum(sagaStatuses),
  tenant_id: z.uuid(),
  error: z.string().nullable(),
  metadata: data,
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
  error: z.string().nullable(),
  started_at: z.iso.datetime().nullable(),
  completed_at: z.iso.datetime().nullable(),
});

const one = z.object({ id: z.uuid() });

export const sagaService = service({
  name: 'saga-service',
  title: 'Transactions over several services, undone step by step when one fails',
  port: 8005,
  // Its workflow templates stay apart from the automation service's workflows, which own `/api/workflows`.
  mounts: [
    { public: '/api/saga', internal: '/saga' },
    { public: '/api/saga/workflows', internal: '/workflows' },
    { public: '/api/saga/events', internal: '/events' },
  ],
  routes: {
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
            payload: { params: { baseId: 'appA1b2C3d4E5f6G7' }, body: { name: 'Orders' } },
          },
        ],
      },
      success: { status: 202, description: 'The saga is running', schema: Saga },
      problems: ['conflict', 'rate_limited'],
    }),
    list: route({
      method: 'GET',
      path: '/saga',
      summary: 'Sagas of the same tenant, newest first',
      access: 'user',
      query: z.object({
        page: z.coerce.number().int().min(1).max(100_000).default(1),
        page_size: z.coerce.number().int().min(1).max(100).default(20),
        status: z.enum(sagaStatuses).optional(),
      }),
      success: {
        status: 200,
        description: 'One page',
        schema: z.object({ sagas: z.array(Saga), total: z.int(), page: z.int(), page_size: z.int() }),
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
      access: 'user',
      params: one,
      success: {
        status: 200,
        description: 'Steps in order',
        schema: z.object({ saga_id: z.uuid(), steps: z.array(SagaStepState) }),
      },
      problems: ['not_found'],
    }),
    events: route({
      method: 'GET',
      path: '/saga/:id/events',
      summary: 'The event log of a saga',
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
      problems: ['not_found'],
    }),
    compensate: route({
      method: 'POST',
      path: '/saga/:id/compensate',
      summary: 'Undo the completed steps of a saga, in reverse order',
      access: 'user',
      params: one,
      body: z.object({
        reason: z.string().trim().min(1).max(1000),
        force: z.boolean().default(false).describe('Also when it has completed'),
      }),
      success: { status: 202, description: 'Compensation has begun', schema: Saga },
      problems: ['not_found', 'conflict'],
    }),
    startTemplate: route({
      method: 'POST',
      path: '/workflows/:type/start',
      summary: 'Start a saga from a template',
      access: 'user',
      params: z.object({ type: name }),
      body: z.object({ input: data.default({}), metadata: data.default({}) }),
      success: { status: 202, description: 'The saga is running', schema: Saga },
      problems: ['not_found', 'rate_limited'],
    }),
    templates: route({
      method: 'GET',
      path: '/workflows/templates',
      summary: 'The saga templates',
      access: 'user',
      success: {
        status: 200,
        description: 'All templates',
        schema: z.object({
          templates: z.array(
            z.object({
              type: z.string(),
              title: z.string(),
              steps: z.array(
                z.object({ step_id: z.string(), service: z.string(), compensated: z.boolean() }),
              ),
              timeout: z.number(),
            }),
          ),
        }),
      },
    }),
    publish: route({
      method: 'POST',
      path: '/events/:type',
      summary: 'Publish an event that choreographed sagas react to',
      access: 'user',
      params: z.object({ type: z.string().regex(/^[a-z][a-z0-9_.]{0,99}$/) }),
      body: z.object({ data: data.default({}), correlation_id: z.uuid().optional() }),
      success: {
        status: 202,
        description: 'The event is in the stream',
        schema: z.object({ event_id: z.string() }),
      },
    }),
  },
});
