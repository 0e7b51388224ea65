import type { z } from 'zod';
import { baseConfig, tokenConfig, variables } from '../kit/config.ts';

export const configSchema = baseConfig.extend(tokenConfig.shape).extend({
  DATABASE_URL: variables.databaseUrl.meta({
    example: 'postgresql://user_service:secret@127.0.0.1:5432/pyairtable',
  }),
  DATABASE_POOL_SIZE: variables.positiveInt.default(8).meta({ example: '8' }),
  REDIS_URL: variables.redisUrl,
  PLATFORM_SERVICES_URL: variables.httpUrl,
});
export type Config = z.output<typeof configSchema>;
