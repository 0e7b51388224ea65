import type { CheckDefinition } from '../../harness/engine/index.ts';

/** What every check of requests through the gateway has in common. */
export const apiCheck = {
  category: 'api',
  services: ['gateway', 'platform-services'],
} as const satisfies Partial<CheckDefinition>;
