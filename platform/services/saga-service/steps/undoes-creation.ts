import type { StepDefinition } from './step-definition.ts';

/** How what a route creates is deleted again: the route, and where the call names what was created. */
interface Deletion {
  action: string;
  part: 'params' | 'query';
  field: string;
  /** The placeholder that stands for what the step created. */
  created: string;
}

const recordOf = (action: string, field: string): Deletion => ({
  action,
  part: 'params',
  field,
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder
  created: '${result.id}',
});

const recordsOf: Deletion = {
  action: 'deleteRecords',
  part: 'query',
  field: 'records[]',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder
  created: '${result.records.*.id}',
};

/** Routes that only create, with the route that deletes exactly what they created. */
const deletions: Readonly<Record<string, readonly Deletion[]>> = {
  'airtable-gateway.addRecord': [recordOf('removeRecord', 'recordId'), recordOf('deleteRecord', 'recordId')],
  'airtable-gateway.createRecords': [recordsOf, recordOf('deleteRecord', 'recordId')],
  'airtable-gateway.addRecords': [recordsOf],
  'airtable-gateway.createComment': [recordOf('deleteComment', 'commentId')],
  'airtable-gateway.createWebhook': [recordOf('deleteWebhook', 'webhookId')],
  'automation-services.create': [recordOf('remove', 'id')],
  'automation-services.createFromTemplate': [recordOf('remove', 'id')],
  'platform-services.createWorkspace': [recordOf('deleteWorkspace', 'id')],
};

/**
 * Whether the compensation of a step deletes exactly what the step created. Only then may the owner of the workspace
 * stand in for a user who has lost the rights: anything else would let a user act with the owner's rights.
 */
export function undoesCreation(step: StepDefinition): boolean {
  return (deletions[`${step.service}.${step.action}`] ?? []).some(
    ({ action, part, field, created }) =>
      step.compensation_action === action &&
      (step.compensation_payload?.[part] as Record<string, unknown> | undefined)?.[field] === created,
  );
}
