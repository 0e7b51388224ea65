import { z } from 'zod';
import { resourceMetadataPath, resourceMetadataRoute } from '../protected-resource.ts';
import { route } from '../route.ts';
import { service, serviceNames } from '../service.ts';
import { socketRoutes } from './sockets.ts';

/** Maximum wait of the gateway for a service in the health report, milliseconds. */
export const healthTimeoutMs = 1000;

export const PlatformHealth = z.object({
  status: z.enum(['healthy', 'degraded']).describe('healthy if every service is ready'),
  gateway: z.literal('healthy'),
  services: z.array(
    z.object({
      name: z.enum(serviceNames),
      status: z
        .enum(['healthy', 'unhealthy', 'unreachable'])
        .describe('unhealthy: responds, but is not ready or is another service'),
      response_time_ms: z.number().nonnegative(),
      error: z.string().optional(),
    }),
  ),
  timestamp: z.iso.datetime(),
});
export type PlatformHealth = z.infer<typeof PlatformHealth>;

/**
 * Routes of the gateway itself. All other paths below `/api` and `/api/v1` are routes of other services, at the paths
 * of their mounts. The WebSocket `/ws` is not an HTTP route; `socket-frames.ts` describes its frames, docs/websocket.md
 * its use.
 *
 * Rate limits, all configurable: per address 5 sign-ins in 15 min, 3 registrations per hour, 10 refreshes in 15 min; per
 * user 3,000 requests in a minute; of Airtable clients per base 5 requests a second. A request over the base's rate
 * waits up to 1 s for its turn; one that would wait longer gets 429 in Airtable's shape, and the base rejects requests
 * for 30 s (`Retry-After`). README lists the settings. Redis counts them for all gateways. Without Redis each gateway
 * counts for itself, so every limit but that of bases stays in force, including sign-in and registration. Responses
 * carry `RateLimit-Limit`, `-Remaining`, `-Reset` and `-Policy`, and rejections `Retry-After`.
 *
 * An ambiguous path (dot segments, double or encoded slashes, backslashes) is rejected with 400. Five requests in a row
 * without a response open the circuit of a service: 503 with `Retry-After` until a trial request succeeds.
 */
export const gateway = service({
  name: 'gateway',
  title: 'Single entry point of the platform',
  port: 8000,
  mounts: [
    { public: '/api/health', internal: '/api/health' },
    { public: '/api/openapi.json', internal: '/api/openapi.json' },
    { public: '/api/websocket', internal: '/api/websocket' },
    { public: resourceMetadataPath, internal: resourceMetadataPath },
  ],
  routes: {
    platformHealth: route({
      method: 'GET',
      path: '/api/health',
      summary: 'Health of every service',
      description: `Requests the state of all services in parallel, for at most 1 s. The status is 200 even if some are
unhealthy: the gateway itself works, and the body lists the others.`,
      access: 'public',
      success: { status: 200, description: 'The health of each service', schema: PlatformHealth },
    }),
    platformOpenapi: route({
      method: 'GET',
      path: '/api/openapi.json',
      summary: 'OpenAPI document of all routes that clients can use',
      access: 'public',
      success: {
        status: 200,
        description: 'OpenAPI document',
        schema: z.looseObject({ openapi: z.string() }),
      },
    }),
    platformMetadata: resourceMetadataRoute(''),
    mcpMetadata: resourceMetadataRoute('/api/mcp'),
    mcpMetadataV1: resourceMetadataRoute('/api/v1/mcp'),
    ...socketRoutes,
  },
});
