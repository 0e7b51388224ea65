import type { CheckDefinition } from '../../harness/engine/index.ts';

/** Fields of every check that sends requests through the gateway. */
export const apiCheck = {
  category: 'api',
  services: ['gateway', 'platform-services'],
} as const satisfies Partial<CheckDefinition>;
