import type { z } from 'zod';
import { baseConfig, tokenConfig, variables } from '../kit/config.ts';

export const configSchema = baseConfig.extend({
  ...tokenConfig.shape,
  DATABASE_URL: variables.databaseUrl.meta({
    example: 'postgresql://saga_service:secret@127.0.0.1:5432/pyairtable',
  }),
  DATABASE_POOL_SIZE: variables.positiveInt.default(8).meta({ example: '8' }),
  REDIS_URL: variables.redisUrl,
  MAX_CONCURRENT_SAGAS: variables.positiveInt
    .default(100)
    .meta({ example: '100' })
    .describe('Sagas at work at the same time in one process; more wait their turn'),
  MAX_SAGAS_PER_TENANT: variables.positiveInt
    .default(500)
    .meta({ example: '500' })
    .describe('Unfinished sagas of one tenant in one process; more answer 429'),
  PLATFORM_SERVICES_URL: variables.httpUrl,
  MCP_SERVER_URL: variables.httpUrl,
  AIRTABLE_GATEWAY_URL: variables.httpUrl,
  LLM_ORCHESTRATOR_URL: variables.httpUrl,
  FILE_SERVICE_URL: variables.httpUrl,
  AUTOMATION_SERVICES_URL: variables.httpUrl,
  USER_SERVICE_URL: variables.httpUrl,
});
export type Config = z.output<typeof configSchema>;
