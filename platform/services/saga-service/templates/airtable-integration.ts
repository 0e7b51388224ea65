// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders, filled in when a step runs
import { z } from 'zod';
import { notification, validateBase } from './recurring-steps.ts';
import { airtableId, step, type Template } from './template.ts';

const sync = (step_id: string, sync_type: 'schema' | 'full', timeout: number) =>
  step({
    step_id,
    service: 'airtable-gateway',
    action: 'sync',
    timeout,
    payload: { body: { base_id: '${input.base_id}', sync_type } },
    expect: { sync_status: 'completed' },
  });

export const airtableIntegration: Template = {
  type: 'airtable_integration',
  title: 'Connect a base: read its schema, watch it for changes, and sync it',
  pattern: 'orchestration',
  timeout: 900,
  input: z.object({
    base_id: airtableId,
    notification_url: z
      .url({ protocol: /^https?$/ })
      .max(2048)
      .nullable()
      .default(null)
      .describe('Where changes are announced; without it they are kept to be fetched'),
  }),
  steps: [
    validateBase('${input.base_id}'),
    sync('schema', 'schema', 120),
    step({
      step_id: 'webhook',
      service: 'airtable-gateway',
      action: 'createWebhook',
      payload: {
        params: { baseId: '${input.base_id}' },
        body: {
          notificationUrl: '${input.notification_url}',
          specification: { options: { filters: { dataTypes: ['tableData', 'tableFields'] } } },
        },
      },
      // The secret of the webhook is not stored.
      keep: ['id', 'expirationTime'],
      compensation_action: 'deleteWebhook',
      compensation_payload: { params: { baseId: '${input.base_id}', webhookId: '${result.id}' } },
    }),
    sync('records', 'full', 600),
    notification({ subject: 'Base connected', body: 'The base ${input.base_id} is watched and synced.' }),
  ],
};
