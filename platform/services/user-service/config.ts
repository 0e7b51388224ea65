import type { z } from 'zod';
import { accessConfig, baseConfig, databaseConfig } from '../../kit/service/config.ts';

export const configSchema = baseConfig.extend({
  ...accessConfig.shape,
  ...databaseConfig('user_service').shape,
});
export type Config = z.output<typeof configSchema>;
