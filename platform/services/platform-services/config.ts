import type { z } from 'zod';
import { baseConfig, databaseConfig, tokenConfig, variables } from '../../kit/service/config.ts';

export const configSchema = baseConfig.extend({
  ...tokenConfig.shape,
  ...databaseConfig('platform_services').shape,
  REDIS_URL: variables.redisUrl,
  KEY_ENCRYPTION_KEY: variables.key256.describe('Encrypts the private signing keys in the database'),
  ACCESS_TOKEN_SECONDS: variables.positiveInt.max(3600).default(900).meta({ example: '900' }),
  REFRESH_TOKEN_DAYS: variables.positiveInt.max(90).default(7).meta({ example: '7' }),
  SESSION_DAYS: variables.positiveInt.max(365).default(30).meta({ example: '30' }),
  KEY_ROTATION_DAYS: variables.positiveInt.max(365).default(30).meta({ example: '30' }),
});
export type Config = z.output<typeof configSchema>;
