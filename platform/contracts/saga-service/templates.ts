import { z } from 'zod';
import { route } from '../route.ts';
import { Saga, SagaStart, sagaName } from './sagas.ts';

const data = z.record(z.string(), z.unknown());

export const sagaTemplateRoutes = {
  startTemplate: route({
    method: 'POST',
    path: '/workflows/:type/start',
    summary: 'Start a saga from a template',
    access: 'user',
    scope: 'sagas:write',
    needs: { right: 'edit', of: 'workspace', id: 'body.workspace_id' },
    params: z.object({ type: sagaName }),
    body: z.strictObject({
      saga_id: SagaStart.shape.saga_id,
      workspace_id: SagaStart.shape.workspace_id,
      input: data.default({}),
      metadata: data.default({}),
    }),
    description: 'The list of templates has the schema of `input`. An invalid input is rejected with 422.',
    success: { status: 202, description: 'The saga is running', schema: Saga },
    problems: ['not_found', 'conflict', 'rate_limited'],
  }),
  templates: route({
    method: 'GET',
    path: '/workflows/templates',
    summary: 'List the saga templates',
    access: 'user',
    scope: 'sagas:read',
    needs: 'self',
    success: {
      status: 200,
      description: 'All templates',
      schema: z.object({
        templates: z.array(
          z.object({
            type: z.string(),
            title: z.string(),
            pattern: SagaStart.shape.pattern.unwrap(),
            trigger: z.string().nullable().describe('Type of the events that start it automatically'),
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
            timeout: z.number().describe('Maximum duration of the saga, seconds'),
          }),
        ),
      }),
    },
  }),
} as const;
