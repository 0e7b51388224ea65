// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders, filled in when a step runs
import { z } from 'zod';
import { addRecord, notification, readRecords } from './recurring-steps.ts';
import { airtableId, step, type Template, tableName } from './template.ts';

export const aiAnalysis: Template = {
  type: 'ai_analysis',
  title: 'Ask the language model about a table and store its reply in another one',
  pattern: 'orchestration',
  timeout: 3600,
  input: z.object({
    base_id: airtableId,
    table: tableName,
    question: z.string().trim().min(1).max(10_000),
    max_records: z.int().min(1).max(100).default(50),
    report_table: tableName,
    report_field: z.string().min(1).max(255).describe('A text field of the report table'),
  }),
  steps: [
    readRecords('prepare', { baseId: '${input.base_id}', tableId: '${input.table}' }),
    step({
      step_id: 'run',
      service: 'llm-orchestrator',
      action: 'chat',
      timeout: 1800,
      retry_attempts: 1,
      payload: {
        body: {
          message: '${input.question}\n\nRecords of the table, as JSON:\n${prepare.records}',
          base_id: '${input.base_id}',
        },
      },
    }),
    addRecord(
      'store',
      { baseId: '${input.base_id}', tableId: '${input.report_table}' },
      { '${input.report_field}': '${run.response}' },
    ),
    notification({
      subject: 'Analysis ready',
      body: 'It is stored as record ${store.id} in ${input.report_table}.',
    }),
  ],
};
