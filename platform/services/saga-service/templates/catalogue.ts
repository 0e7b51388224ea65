import { aiAnalysis } from './ai-analysis.ts';
import { airtableIntegration } from './airtable-integration.ts';
import { dataSync } from './data-sync.ts';
import type { Template } from './template.ts';
import { userOnboarding } from './user-onboarding.ts';
import { userRegistration } from './user-registration.ts';
import { webhookProcessing } from './webhook-processing.ts';
import { workflowExecution } from './workflow-execution.ts';
import { workspaceCreation } from './workspace-creation.ts';

/**
 * All templates. Steps with the platform's own rights name only the tenant and user of the saga, or objects that the
 * saga created.
 */
export const templates: readonly Template[] = [
  userRegistration,
  userOnboarding,
  workspaceCreation,
  dataSync,
  aiAnalysis,
  webhookProcessing,
  airtableIntegration,
  workflowExecution,
];

export function findTemplate(type: string): Template | undefined {
  return templates.find((template) => template.type === type);
}
