import type { z } from 'zod';
import { baseConfig, tokenConfig, variables } from '../kit/config.ts';

export const configSchema = baseConfig.extend({
  ...tokenConfig.shape,
  REDIS_URL: variables.redisUrl,
  PLATFORM_SERVICES_URL: variables.httpUrl,
  AIRTABLE_GATEWAY_URL: variables.httpUrl,
});
export type Config = z.output<typeof configSchema>;
