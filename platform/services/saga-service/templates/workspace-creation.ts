// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders, filled in when a step runs
import { z } from 'zod';
import { createWorkspace, notification } from './recurring-steps.ts';
import { airtableId, step, type Template, tableName, workspaceName } from './template.ts';

export const workspaceCreation: Template = {
  type: 'workspace_creation',
  title: 'Create a workspace and a base for it',
  pattern: 'orchestration',
  timeout: 900,
  input: z.object({
    name: workspaceName,
    description: z.string().trim().max(2000).nullable().default(null),
    table_name: tableName.default('Tasks'),
    airtable_workspace_id: airtableId.default('default').describe('Where the base is created'),
  }),
  steps: [
    createWorkspace({ name: '${input.name}', description: '${input.description}' }),
    // Airtable cannot delete a base, so no later step may fail the saga.
    step({
      step_id: 'base',
      service: 'airtable-gateway',
      action: 'createBase',
      retry_attempts: 0,
      payload: {
        body: {
          name: '${input.name}',
          workspaceId: '${input.airtable_workspace_id}',
          tables: [{ name: '${input.table_name}', fields: [{ name: 'Name', type: 'singleLineText' }] }],
        },
      },
    }),
    notification({
      subject: 'Workspace ready',
      body: '${workspace.name} and its base ${base.id} are ready.',
    }),
  ],
};
