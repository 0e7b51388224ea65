import type { CheckDefinition } from '../../harness/engine/index.ts';

/** Fields of the seven checks of the assessment's security checklist. Only they feed the condition. */
export const checklistItem = {
  category: 'security',
  severity: 'blocker',
  weight: 3,
  conditions: ['security'],
  services: ['gateway', 'platform-services'],
  timeoutMs: 60_000,
} as const satisfies Partial<CheckDefinition>;

/** Fields of security checks beyond the checklist. */
export const furtherSecurity = {
  category: 'security',
  severity: 'high',
  services: ['gateway', 'platform-services'],
  timeoutMs: 60_000,
} as const satisfies Partial<CheckDefinition>;
