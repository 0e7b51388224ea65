import { z } from 'zod';
import { liveChannels } from '../live-events/event-types.ts';
import { route } from '../route.ts';

/** Lifetime of a ticket, seconds. */
export const ticketSeconds = 30;

export const SocketTicket = z.object({
  ticket: z.string(),
  expires_in: z.literal(ticketSeconds).describe('Seconds'),
});
export type SocketTicket = z.infer<typeof SocketTicket>;

const count = z.int().nonnegative();

export const SocketStats = z.object({
  connections: count.describe('Open connections now'),
  users: count.describe('Users with an open connection'),
  events_sent: count,
  events_dropped: count.describe('Events for a client that was already closed for being too slow'),
  slow_closes: count.describe('Connections closed because their client read too slowly'),
  gaps: count.describe('Times a client was told that events cannot be replayed'),
  sent_by_channel: z.partialRecord(z.enum(liveChannels), count),
  of: z.enum(['user', 'tenant', 'gateway']).describe('Whose connections are counted'),
});
export type SocketStats = z.infer<typeof SocketStats>;

const success = { status: 200, description: 'Counts of this gateway process', schema: SocketStats } as const;

const ticketRoute = route({
  method: 'POST',
  path: '/api/websocket/ticket',
  summary: 'Get a ticket that opens one WebSocket',
  description: `For browsers: scripts cannot read the cookie of a session. The ticket opens one connection,
\`/ws?ticket=…\`, within 30 s, with the rights of this session. It ends when the session ends.`,
  access: 'user',
  // Each ticket works once, so a repetition needs a new one.
  idempotency: 'none',
  needs: 'self',
  success: { status: 201, description: 'The ticket', schema: SocketTicket },
  problems: ['not_ready'],
});

const statsRoute = route({
  method: 'GET',
  path: '/api/websocket/stats',
  summary: 'Get counts of WebSocket connections and events',
  description: `Counts the caller’s own connections, for administrators those of the tenant. Each gateway process
counts its own.`,
  access: 'user',
  needs: 'self',
  success,
  problems: ['not_ready'],
});

/** Routes beside the WebSocket `/ws`. */
export const socketRoutes = {
  socketTicket: ticketRoute,
  socketStats: statsRoute,
  allSocketStats: route({
    method: 'GET',
    path: '/internal/websocket/stats',
    summary: 'Get counts of all WebSocket connections of this gateway process, since its start',
    access: 'service',
    // Without input, a probe of its protection could not be one that is rejected.
    query: z.object({ of: z.literal('gateway') }),
    success,
  }),
} as const;
