// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders, filled in when a step runs
import { z } from 'zod';
import { notification } from './recurring-steps.ts';
import { airtableId, step, type Template, tableName } from './template.ts';

const record = {
  baseId: '${input.base_id}',
  tableId: '${input.table}',
  recordId: '${input.record_id}',
};

export const workflowExecution: Template = {
  type: 'workflow_execution',
  title: 'Process a file, update a record, and run a workflow on both',
  pattern: 'orchestration',
  timeout: 1800,
  input: z.object({
    workflow_id: z.uuid(),
    base_id: airtableId,
    table: tableName,
    record_id: airtableId,
    fields: z
      .record(z.string().max(255), z.unknown())
      .describe('New values. To revert them, the former values of all fields are written back'),
    file_id: z.uuid().nullable().default(null),
  }),
  steps: [
    step({
      step_id: 'initialise',
      service: 'automation-services',
      action: 'workflow',
      payload: { params: { id: '${input.workflow_id}' } },
      keep: ['id', 'name'],
    }),
    step({
      step_id: 'process_file',
      service: 'file-service',
      action: 'process',
      when: { value: '${input.file_id}', exists: true },
      payload: { params: { id: '${input.file_id}' } },
    }),
    step({ step_id: 'before', service: 'airtable-gateway', action: 'record', payload: { params: record } }),
    step({
      step_id: 'update',
      service: 'airtable-gateway',
      action: 'changeRecord',
      payload: { params: record, body: '${input.fields}' },
      compensation_action: 'changeRecord',
      compensation_payload: { params: record, body: '${before.fields}' },
    }),
    step({
      step_id: 'run',
      service: 'automation-services',
      action: 'command',
      trusted: true,
      payload: {
        body: {
          command: 'execute_workflow',
          idempotency_key: '${saga.id}:run',
          tenant_id: '${saga.tenant_id}',
          user_id: '${saga.user_id}',
          payload: { workflow_id: '${initialise.id}', input: { record: '${update}' } },
        },
      },
    }),
    notification({ subject: 'Workflow started', body: 'The workflow ${initialise.name} runs.' }),
  ],
};
