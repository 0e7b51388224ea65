import type { Template } from '../../../contracts/automation-services/workflow-templates.ts';

export type StoredTemplate = Omit<Template, 'uses' | 'built_in'>;

const step = (type: Template['steps'][number]['type'], name: string, config: Record<string, unknown>) => ({
  type,
  name,
  config,
  continue_on_error: false,
});

/** Templates that come with the platform. They take the names of bases, tables and recipients from `input`. */
export const platformTemplates: readonly StoredTemplate[] = [
  {
    id: '7d0f3c52-5b0e-4d0a-9f0e-3a1f5c8f1a01',
    name: 'Import a file into a table',
    category: 'files',
    description:
      'Processes the file named by input.file_id and writes one record with its name and text. Input: file_id, base_id, table.',
    triggers: [{ type: 'manual' }],
    steps: [
      step('file_process', 'Extract the text', { file_id: '{input.file_id}' }),
      step('airtable_create', 'Write a record', {
        base_id: '{input.base_id}',
        table: '{input.table}',
        fields: { Name: '{filename}', Notes: '{content}' },
      }),
    ],
  },
  {
    id: '7d0f3c52-5b0e-4d0a-9f0e-3a1f5c8f1a02',
    name: 'Notify about new files',
    category: 'notifications',
    description: 'Notifies the owner when a spreadsheet or CSV file is uploaded in the tenant.',
    triggers: [{ type: 'file_upload', extensions: ['csv', 'xls', 'xlsx'] }],
    steps: [
      step('notification', 'Notify', { subject: 'New file', body: 'The file {filename} was uploaded.' }),
    ],
  },
  {
    id: '7d0f3c52-5b0e-4d0a-9f0e-3a1f5c8f1a03',
    name: 'Morning reminder',
    category: 'schedules',
    description: 'Notifies the owner at six o’clock UTC on working days.',
    triggers: [{ type: 'schedule', cron: '0 6 * * 1-5', time_zone: 'UTC' }],
    steps: [step('notification', 'Notify', { subject: 'Good morning', body: 'A new working day begins.' })],
  },
  {
    id: '7d0f3c52-5b0e-4d0a-9f0e-3a1f5c8f1a04',
    name: 'Fetch, transform, store',
    category: 'integration',
    description:
      'Reads JSON from a public URL and writes its first item as a record. Input: url, base_id, table.',
    triggers: [{ type: 'manual' }],
    steps: [
      step('http_request', 'Fetch', { url: '{input.url}' }),
      step('data_transform', 'Transform', { expression: 'steps[0].body | to_array(@) | [0]' }),
      step('airtable_create', 'Write a record', {
        base_id: '{input.base_id}',
        table: '{input.table}',
        fields: '{step_1_result}',
        typecast: true,
      }),
    ],
  },
];
