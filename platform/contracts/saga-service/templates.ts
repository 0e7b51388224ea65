import { z } from 'zod';
import { route } from '../route.ts';
import { Saga, SagaStart } from './sagas.ts';

const data = z.record(z.string(), z.unknown());
const name = z.string().regex(/^[a-z][a-z0-9_]{0,63}$/);

export const sagaTemplateRoutes = {
  startTemplate: route({
    method: 'POST',
    path: '/workflows/:type/start',
    summary: 'Start a saga from a template',
    access: 'user',
    params: z.object({ type: name }),
    body: z.object({
      saga_id: SagaStart.shape.saga_id,
      input: data.default({}),
      metadata: data.default({}),
    }),
    description: 'What `input` has to hold is told by the list of templates; a wrong one answers 422.',
    success: { status: 202, description: 'The saga is running', schema: Saga },
    problems: ['not_found', 'conflict', 'rate_limited'],
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
            pattern: SagaStart.shape.pattern.unwrap(),
            trigger: z.string().nullable().describe('Type of the events that start it by themselves'),
            input: data.describe('JSON Schema of the input'),
            steps: z.array(
              z.object({
                step_id: z.string(),
                service: z.string(),
                action: z.string(),
                compensated: z.boolean(),
                optional: z.boolean(),
              }),
            ),
            timeout: z.number().describe('Seconds'),
          }),
        ),
      }),
    },
  }),
} as const;
