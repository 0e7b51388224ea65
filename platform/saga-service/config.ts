import type { z } from 'zod';
import { baseConfig, tokenConfig, variables } from '../kit/config.ts';

export const configSchema = baseConfig.extend({
  ...tokenConfig.shape,
  DATABASE_URL: variables.databaseUrl,
  REDIS_URL: variables.redisUrl,
  PLATFORM_SERVICES_URL: variables.httpUrl,
  MCP_SERVER_URL: variables.httpUrl,
  AIRTABLE_GATEWAY_URL: variables.httpUrl,
  LLM_ORCHESTRATOR_URL: variables.httpUrl,
  FILE_SERVICE_URL: variables.httpUrl,
  AUTOMATION_SERVICES_URL: variables.httpUrl,
  USER_SERVICE_URL: variables.httpUrl,
});
export type Config = z.output<typeof configSchema>;
