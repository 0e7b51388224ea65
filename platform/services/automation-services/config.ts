import type { z } from 'zod';
import { accessConfig, baseConfig, databaseConfig, variables } from '../../kit/service/config.ts';
import { defaultIntervalMs } from './schedules/scheduler.ts';

export const configSchema = baseConfig.extend({
  ...accessConfig.shape,
  ...databaseConfig('automation_services').shape,
  GATEWAY_URL: variables.httpUrl.describe('The only origin of the platform that http_request steps may call'),
  AIRTABLE_GATEWAY_URL: variables.httpUrl,
  LLM_ORCHESTRATOR_URL: variables.httpUrl,
  FILE_SERVICE_URL: variables.httpUrl,
  EXECUTION_RETENTION_DAYS: variables.positiveInt
    .max(36_500)
    .default(365)
    .meta({ example: '365' })
    .describe('Days for which ended executions stay, with their steps and logs; at most 500 per workflow'),
  NOTIFICATION_RETENTION_DAYS: variables.positiveInt
    .max(36_500)
    .default(365)
    .meta({ example: '365' })
    .describe('Days for which notifications stay, read or not'),
  COMMAND_RETENTION_DAYS: variables.positiveInt
    .max(36_500)
    .default(7)
    .meta({ example: '7' })
    .describe('Days for which the key of a command of a saga stays; after 7, it may be used again'),
  SCHEDULER_INTERVAL_MS: variables.positiveInt
    .max(60_000)
    .default(defaultIntervalMs)
    .meta({ example: '5000' })
    .describe('Interval of polling for due schedules, milliseconds'),
});
export type Config = z.output<typeof configSchema>;
