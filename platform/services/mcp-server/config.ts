import type { z } from 'zod';
import { accessConfig, baseConfig, variables } from '../../kit/service/config.ts';

export const configSchema = baseConfig.extend({
  ...accessConfig.shape,
  AIRTABLE_GATEWAY_URL: variables.httpUrl,
});
export type Config = z.output<typeof configSchema>;
