// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders, filled in when a step runs
import { z } from 'zod';
import { readRecords, validateBase } from './recurring-steps.ts';
import { airtableId, step, type Template, tableName } from './template.ts';

export const dataSync: Template = {
  type: 'data_sync',
  title: 'Copy records from one table to another',
  pattern: 'orchestration',
  timeout: 1800,
  input: z.object({
    source_base_id: airtableId,
    source_table: tableName,
    target_base_id: airtableId,
    target_table: tableName,
    max_records: z.int().min(1).max(10).default(10),
  }),
  steps: [
    validateBase('${input.target_base_id}'),
    readRecords('extract', { baseId: '${input.source_base_id}', tableId: '${input.source_table}' }),
    step({
      step_id: 'load',
      service: 'airtable-gateway',
      action: 'addRecords',
      // After a lost response, another attempt would create the records twice.
      retry_attempts: 0,
      payload: {
        params: { baseId: '${input.target_base_id}', tableId: '${input.target_table}' },
        body: '${extract.records.*.fields}',
      },
      compensation_action: 'deleteRecords',
      compensation_payload: {
        params: { baseId: '${input.target_base_id}', tableIdOrName: '${input.target_table}' },
        query: { 'records[]': '${result.records.*.id}' },
      },
    }),
    step({
      step_id: 'verify',
      service: 'airtable-gateway',
      action: 'sync',
      timeout: 120,
      payload: { body: { base_id: '${input.target_base_id}' } },
      expect: { sync_status: 'completed' },
    }),
  ],
};
