import type { z } from 'zod';
import { accessConfig, baseConfig, databaseConfig, variables } from '../../kit/service/config.ts';

export const configSchema = baseConfig.extend({
  ...accessConfig.shape,
  ...databaseConfig('saga_service').shape,
  MAX_CONCURRENT_SAGAS: variables.positiveInt
    .default(100)
    .meta({ example: '100' })
    .describe('Maximum number of sagas that one process runs at the same time; others wait'),
  MAX_SAGAS_PER_TENANT: variables.positiveInt
    .default(500)
    .meta({ example: '500' })
    .describe('Maximum number of unfinished sagas of one tenant; further starts get 429'),
  SAGA_RETENTION_DAYS: variables.positiveInt
    .max(36_500)
    .default(365)
    .meta({ example: '365' })
    .describe('Days for which ended sagas stay, with their steps and logs'),
  MCP_SERVER_URL: variables.httpUrl,
  AIRTABLE_GATEWAY_URL: variables.httpUrl,
  LLM_ORCHESTRATOR_URL: variables.httpUrl,
  FILE_SERVICE_URL: variables.httpUrl,
  AUTOMATION_SERVICES_URL: variables.httpUrl,
  USER_SERVICE_URL: variables.httpUrl,
});
export type Config = z.output<typeof configSchema>;
