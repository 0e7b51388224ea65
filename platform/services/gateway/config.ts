import { isIP } from 'node:net';
import { z } from 'zod';
import { accessConfig, baseConfig, variables } from '../../kit/service/config.ts';

/** `requests/seconds`, e.g. `5/900`. */
function limitVariable(fallback: string) {
  return z
    .string()
    .regex(/^[1-9]\d{0,8}\/[1-9]\d{0,6}$/, 'must be requests/seconds')
    .default(fallback)
    .transform((text) => {
      const [limit, seconds] = text.split('/').map(Number) as [number, number];
      return { limit, windowMs: seconds * 1000 };
    })
    .meta({ example: fallback });
}

const originsVariable = z
  .string()
  .transform((text) =>
    text
      .split(',')
      .map((origin) => origin.trim())
      .filter((origin) => origin !== ''),
  )
  .refine(
    (origins) => origins.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin),
    'must be origins separated by commas, without a path',
  );

export const configSchema = baseConfig.extend({
  ...accessConfig.shape,
  MCP_SERVER_URL: variables.httpUrl,
  AIRTABLE_GATEWAY_URL: variables.httpUrl,
  LLM_ORCHESTRATOR_URL: variables.httpUrl,
  FILE_SERVICE_URL: variables.httpUrl,
  SAGA_SERVICE_URL: variables.httpUrl,
  AUTOMATION_SERVICES_URL: variables.httpUrl,
  USER_SERVICE_URL: variables.httpUrl,
  /** Where clients reach the gateway; default the validated `Host` of a request. */
  PUBLIC_URL: variables.publicUrl,
  TRUSTED_PROXIES: variables.trustedProxies,
  CORS_ORIGINS: originsVariable
    .default(['http://localhost:3000', 'http://127.0.0.1:3000'])
    .meta({ example: 'https://app.example.com,https://admin.example.com' }),
  /** Sign-ins per address. */
  RATE_LIMIT_LOGIN: limitVariable('5/900'),
  /** Registrations per address. */
  RATE_LIMIT_REGISTER: limitVariable('3/3600'),
  /** Token refreshes per address. */
  RATE_LIMIT_REFRESH: limitVariable('10/900'),
  /** Mails that anyone can ask for, and uses of their links, per address and route. */
  RATE_LIMIT_RECOVERY: limitVariable('10/900'),
  /** Messages to webhooks of workflows, per address. */
  RATE_LIMIT_WEBHOOK: limitVariable('600/60'),
  /** Requests with an access token, per user. A page that loads a grid stays far below. */
  RATE_LIMIT_USER: limitVariable('3000/60'),
  /** Requests of Airtable clients (`/v0`) per base. */
  RATE_LIMIT_BASE: limitVariable('5/1'),
  /** Maximum wait of a request for its turn in RATE_LIMIT_BASE, milliseconds. */
  RATE_LIMIT_BASE_WAIT_MS: variables.positiveInt.max(30_000).default(1_000).meta({ example: '1000' }),
  /** How long a base rejects requests after too many at once, seconds. */
  RATE_LIMIT_BASE_PENALTY_SECONDS: variables.positiveInt.max(3600).default(30).meta({ example: '30' }),
  /** Addresses without the limits of sign-in, registration and refresh. For a developer's own machine only. */
  RATE_LIMIT_EXEMPT_ADDRESSES: z
    .string()
    .default('')
    .transform((text) => text.split(',').flatMap((address) => address.trim() || []))
    .refine(
      (addresses) => addresses.every((address) => isIP(address) !== 0),
      'must be IP addresses, separated by commas',
    )
    .meta({ example: '127.0.0.1,::1' }),
  /** Maximum body size of routes that declare none, bytes. */
  BODY_LIMIT_BYTES: variables.positiveInt.default(1024 * 1024).meta({ example: '1048576' }),
  /** Maximum number of open WebSocket connections of this process; each is an open file. See `socketCapacity`. */
  SOCKETS_PER_PROCESS: variables.positiveInt.max(1_000_000).optional().meta({ example: '10000' }),
  /** Maximum number of them for the users of one tenant. */
  SOCKETS_PER_TENANT: variables.positiveInt.default(5_000).meta({ example: '5000' }),
  /** Maximum number of them for one user. */
  SOCKETS_PER_USER: variables.positiveInt.default(50).meta({ example: '50' }),
  /** Maximum number of connections to each service. */
  UPSTREAM_CONNECTIONS: variables.positiveInt.default(64).meta({ example: '64' }),
  /** Maximum time until a service responds, milliseconds, on routes whose contract declares none. */
  UPSTREAM_TIMEOUT_MS: variables.positiveInt.default(30_000).meta({ example: '30000' }),
  /** Missing responses in a row that open a service's circuit. */
  BREAKER_FAILURES: variables.positiveInt.default(5).meta({ example: '5' }),
  /** How long a circuit stays open at first, milliseconds; doubled after each failed trial, up to a minute. */
  BREAKER_OPEN_MS: variables.positiveInt.default(5_000).meta({ example: '5000' }),
});
export type Config = z.output<typeof configSchema>;
