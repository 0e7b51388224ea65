import type { z } from 'zod';
import { baseConfig, tokenConfig, variables } from '../kit/config.ts';
import { defaultIntervalMs } from './scheduler.ts';

export const configSchema = baseConfig.extend({
  ...tokenConfig.shape,
  DATABASE_URL: variables.databaseUrl.meta({
    example: 'postgresql://automation_services:secret@127.0.0.1:5432/pyairtable',
  }),
  DATABASE_POOL_SIZE: variables.positiveInt.default(8).meta({ example: '8' }),
  REDIS_URL: variables.redisUrl,
  PLATFORM_SERVICES_URL: variables.httpUrl,
  GATEWAY_URL: variables.httpUrl.describe('The one origin of the platform that http_request steps may call'),
  AIRTABLE_GATEWAY_URL: variables.httpUrl,
  FILE_SERVICE_URL: variables.httpUrl,
  SCHEDULER_INTERVAL_MS: variables.positiveInt
    .max(10_000, 'must be well below the lease of an execution: at most 10000')
    .default(defaultIntervalMs)
    .meta({ example: '5000' })
    .describe('How often is looked for due schedules, milliseconds'),
});
export type Config = z.output<typeof configSchema>;
