import { z } from 'zod';
import { baseConfig, variables } from '../kit/config.ts';

export const configSchema = baseConfig.extend({
  GATEWAY_URL: variables.httpUrl,
  /**
   * Origin under which browsers reach the site. With https, cookies are `Secure` and carry the `__Host-` prefix.
   * Absent: plain http under whatever host name the request gives, for one's own machine.
   */
  PUBLIC_ORIGIN: z
    .url({ protocol: /^https?$/ })
    .refine((url) => new URL(url).origin === url, 'must be an origin without a path')
    .optional()
    .meta({ example: 'https://app.example.com' }),
});
export type Config = z.output<typeof configSchema>;
