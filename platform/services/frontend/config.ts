import { z } from 'zod';
import { baseConfig, variables } from '../../kit/service/config.ts';

export const configSchema = baseConfig.extend({
  GATEWAY_URL: variables.httpUrl,
  TRUSTED_PROXIES: variables.trustedProxies,
  /**
   * Origin at which browsers reach the site. An http origin turns off `Secure` cookies with the `__Host-` prefix.
   * Without this variable the host name of each request counts. That is enough on one's own machine: Chromium and
   * Firefox accept such cookies from http://127.0.0.1 and http://localhost. Safari needs the http origin.
   */
  PUBLIC_ORIGIN: z
    .url({ protocol: /^https?$/ })
    .refine((url) => new URL(url).origin === url, 'must be an origin without a path')
    .optional()
    .meta({ example: 'https://app.example.com' }),
});
export type Config = z.output<typeof configSchema>;
