// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders, filled in when a step runs
import { z } from 'zod';
import { addRecord, validateBase } from './recurring-steps.ts';
import { airtableId, step, type Template, tableName } from './template.ts';

export const webhookProcessing: Template = {
  type: 'webhook_processing',
  title: 'Store the data of a webhook as a record and run a workflow on it',
  pattern: 'choreography',
  timeout: 300,
  input: z.object({
    base_id: airtableId,
    table: tableName,
    fields: z.record(z.string().max(255), z.unknown()),
    workflow_id: z.uuid(),
  }),
  steps: [
    validateBase('${input.base_id}'),
    addRecord('record', { baseId: '${input.base_id}', tableId: '${input.table}' }, '${input.fields}'),
    step({
      step_id: 'automation',
      service: 'automation-services',
      action: 'command',
      trusted: true,
      payload: {
        body: {
          command: 'execute_workflow',
          idempotency_key: '${saga.id}:automation',
          tenant_id: '${saga.tenant_id}',
          user_id: '${saga.user_id}',
          payload: { workflow_id: '${input.workflow_id}', input: { record: '${record}' } },
        },
      },
    }),
  ],
};
