import type { z } from 'zod';
import { accessConfig, baseConfig, variables } from '../../kit/service/config.ts';
import { allowedOriginsVariable } from './allowed-origins.ts';

export const configSchema = baseConfig.extend({
  ...accessConfig.shape,
  AIRTABLE_GATEWAY_URL: variables.httpUrl,
  /** Where clients reach this server without the gateway; default the validated `Host` of a request. */
  PUBLIC_URL: variables.publicUrl,
  /** Origins whose pages may use the tools; default any port of the loopback names. */
  MCP_ALLOWED_ORIGINS: allowedOriginsVariable,
});
export type Config = z.output<typeof configSchema>;
