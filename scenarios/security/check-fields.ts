import type { CheckDefinition } from '../../harness/engine/index.ts';

/** The assessment's security checklist has seven items; these checks, and no others, feed the condition. */
export const checklistItem = {
  category: 'security',
  severity: 'blocker',
  weight: 3,
  conditions: ['security'],
  services: ['gateway', 'platform-services'],
  timeoutMs: 60_000,
} as const satisfies Partial<CheckDefinition>;

/** Security beyond the checklist. */
export const furtherSecurity = {
  category: 'security',
  severity: 'high',
  services: ['gateway', 'platform-services'],
  timeoutMs: 60_000,
} as const satisfies Partial<CheckDefinition>;
