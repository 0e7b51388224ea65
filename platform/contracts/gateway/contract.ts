import { z } from 'zod';
import { route } from '../route.ts';
import { service, serviceNames } from '../service.ts';

/** Longest time the gateway waits for one service's answer when asked for the platform's health. */
export const healthTimeoutMs = 1000;

export const PlatformHealth = z.object({
  status: z.enum(['healthy', 'degraded']).describe('healthy when every service is ready'),
  gateway: z.literal('healthy'),
  services: z.array(
    z.object({
      name: z.enum(serviceNames),
      status: z
        .enum(['healthy', 'unhealthy', 'unreachable'])
        .describe('unhealthy: answers, but is not ready or is not the service it should be'),
      response_time_ms: z.number().nonnegative(),
      error: z.string().optional(),
    }),
  ),
  timestamp: z.iso.datetime(),
});
export type PlatformHealth = z.infer<typeof PlatformHealth>;

/**
 * Frames a client sends on `GET /ws` (JSON text). The first has to be `auth`, within 10 s; the address may name
 * a `session_id`. Refusals close with 1008, too long frames with 1009, a gateway going down with 1001.
 */
export const SocketRequest = z.discriminatedUnion('type', [
  z.object({ type: z.literal('auth'), token: z.string().min(1).max(8192) }),
  z.object({ type: z.literal('ping') }),
  z.object({ type: z.literal('subscribe'), channel: z.string().regex(/^[a-z_]{1,50}$/) }),
  z.object({ type: z.literal('unsubscribe'), channel: z.string().regex(/^[a-z_]{1,50}$/) }),
]);
export type SocketRequest = z.infer<typeof SocketRequest>;

/** Channels that can be subscribed to. */
export const socketChannels = ['chat_stream', 'tool_progress', 'cost_update', 'system_status'] as const;

/** Frames the gateway sends. */
export const SocketEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('authenticated'), session_id: z.string(), user_id: z.uuid() }),
  z.object({ type: z.literal('pong') }),
  z.object({ type: z.literal('subscribed'), channel: z.enum(socketChannels) }),
  z.object({ type: z.literal('unsubscribed'), channel: z.enum(socketChannels) }),
  z.object({ type: z.enum(socketChannels), data: z.unknown() }),
  z.object({ type: z.literal('error'), error: z.string(), message: z.string() }),
]);
export type SocketEvent = z.infer<typeof SocketEvent>;

/**
 * What the gateway answers itself. All else below `/api` (and `/api/v1`) is the other services' routes, at the
 * places their mounts say; the WebSocket `/ws` is no HTTP route and is described by the frames above.
 *
 * Limits, each settable: per address 5 sign-ins in 15 min, 3 registrations in an hour, 10 refreshes in 15 min; per
 * user 1,000 requests in an hour. They are counted in Redis for all gateways together; while Redis is away each
 * gateway counts for itself, so that every limit, those of sign-in and registration included, stays in force.
 * Answers carry `RateLimit-Limit`, `-Remaining`, `-Reset` and `-Policy`, refusals `Retry-After`.
 *
 * A path that can be read in more than one way (dot segments, doubled or encoded slashes, backslashes) answers 400.
 * Five missing answers in a row open a service's circuit: 503 with `Retry-After` until a trial request succeeds.
 */
export const gateway = service({
  name: 'gateway',
  title: 'The one door to the platform',
  port: 8000,
  mounts: [
    { public: '/api/health', internal: '/api/health' },
    { public: '/api/openapi.json', internal: '/api/openapi.json' },
  ],
  routes: {
    platformHealth: route({
      method: 'GET',
      path: '/api/health',
      summary: 'The state of every service behind the gateway',
      description: `Asks all services at once, each for at most 1 s. The status is 200 also when some are not healthy:
the gateway itself works, and the body says what does not.`,
      access: 'public',
      success: { status: 200, description: 'Who is healthy', schema: PlatformHealth },
    }),
    platformOpenapi: route({
      method: 'GET',
      path: '/api/openapi.json',
      summary: 'Everything clients can reach, in one OpenAPI document',
      access: 'public',
      success: {
        status: 200,
        description: 'OpenAPI document',
        schema: z.looseObject({ openapi: z.string() }),
      },
    }),
  },
});
