import { aiAnalysis } from './templates/ai-analysis.ts';
import { dataSync } from './templates/data-sync.ts';
import type { Template } from './templates/template.ts';
import { userOnboarding } from './templates/user-onboarding.ts';
import { userRegistration } from './templates/user-registration.ts';
import { webhookProcessing } from './templates/webhook-processing.ts';
import { workspaceCreation } from './templates/workspace-creation.ts';

/**
 * All templates. Where a step acts with the platform's own rights it names only the tenant and user of the saga, or
 * what the saga itself has created.
 */
export const templates: readonly Template[] = [
  userRegistration,
  userOnboarding,
  workspaceCreation,
  dataSync,
  aiAnalysis,
  webhookProcessing,
];

export function findTemplate(type: string): Template | undefined {
  return templates.find((template) => template.type === type);
}
