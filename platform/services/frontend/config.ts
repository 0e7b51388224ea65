import { z } from 'zod';
import { baseConfig, variables } from '../../kit/service/config.ts';

export const configSchema = baseConfig.extend({
  GATEWAY_URL: variables.httpUrl,
  /**
   * Origin under which browsers reach the site, with http only where cookies cannot be `Secure` with the `__Host-`
   * prefix. Absent: whatever host name the request gives, for one's own machine, where Chromium and Firefox
   * trust http://127.0.0.1 and http://localhost with such cookies (Safari needs the http origin here).
   */
  PUBLIC_ORIGIN: z
    .url({ protocol: /^https?$/ })
    .refine((url) => new URL(url).origin === url, 'must be an origin without a path')
    .optional()
    .meta({ example: 'https://app.example.com' }),
});
export type Config = z.output<typeof configSchema>;
