import type { ServiceName } from '../../../platform/contracts/service.ts';

/** The services that the mix of users reaches. */
export const loadServices = [
  'gateway',
  'platform-services',
  'user-service',
  'airtable-gateway',
  'file-service',
  'llm-orchestrator',
] as const satisfies readonly ServiceName[];
