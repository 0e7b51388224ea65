import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Redis } from 'ioredis';
import type { Registry } from 'prom-client';
import type { WebSocketServer } from 'ws';
import type { SocketEvent } from '../../../contracts/gateway/socket-frames.ts';
import type { SocketStats, SocketTicket } from '../../../contracts/gateway/sockets.ts';
import { ticketSeconds } from '../../../contracts/gateway/sockets.ts';
import type { AccessClaims } from '../../../contracts/identity.ts';
import { allows } from '../../../contracts/rights.ts';
import type { Authenticate } from '../../../kit/auth/access.ts';
import { userStream, workspaceStream } from '../../../kit/events/live-event-streams.ts';
import { ProblemError, problem } from '../../../kit/http/problem.ts';
import { originForm } from '../../../kit/http/request-target.ts';
import type { Log } from '../../../kit/observe/log.ts';
import type { Authorities } from '../../../kit/rights/authorities.ts';
import { inSlices } from '../../../kit/service/in-slices.ts';
import { walkInTurns } from '../../../kit/service/walk-in-turns.ts';
import { createConnectionRegistry, type SocketCapacity } from './connection-registry.ts';
import { openEventFeeds } from './event-feeds.ts';
import { readStats } from './read-stats.ts';
import {
  type Credential,
  closeCodes,
  SocketConnection,
  type SocketContext,
  type SocketLimits,
} from './socket-connection.ts';
import { createSocketTotals } from './socket-stats.ts';
import { createTickets } from './tickets.ts';

export interface SocketServerOptions {
  redis: Redis;
  /** A connection of its own: subscribing takes it over. */
  subscriber: Redis;
  /** Verifies an access token or a personal one. */
  authenticate: Authenticate;
  /** Whether a session has ended. Never waits. */
  isRevoked(sessionId: string): boolean;
  authorities: Authorities;
  /** Whether a page of this origin may connect; the gateway's own origin always may. */
  isAllowedOrigin(origin: string): boolean;
  registry: Registry;
  log: Log;
  capacity: SocketCapacity;
  limits?: Partial<SocketLimits>;
}

export interface SocketServer {
  /** Takes over upgrade requests for `/ws`; all others get a response as if they had asked for no upgrade. */
  attach(server: Server): void;
  /** Sends the state of a service to every client that has subscribed to it. */
  broadcastStatus(data: unknown): void;
  issueTicket(claims: AccessClaims): Promise<SocketTicket>;
  /** @param whose of one user, of a tenant, or of all when undefined */
  stats(whose: { userId: string } | { tenantId: string } | undefined): SocketStats;
  close(): void;
}

const defaultLimits: SocketLimits = {
  authTimeoutMs: 10_000,
  messagesPerMinute: 100,
  idleMs: 300_000,
  maxBufferedBytes: 1024 * 1024,
  inspectEveryMs: 30_000,
};
const maxFrameBytes = 16 * 1024;
/** Time for clients to confirm the end of their connection when the gateway stops, milliseconds. */
const closeGraceMs = 3_000;
/** Time within which connections of ended sessions are closed, milliseconds. */
const revocationWithinMs = 1_000;
/** Interval at which the next part of the connections is inspected, milliseconds. */
const turnEveryMs = 50;
/** Interval at which an idle gateway learns its position, milliseconds. */
const positionEveryMs = 60_000;
/** Multiples of it, without their whole part, are spread evenly however many there are. */
const goldenRatio = 0.618_033_988_749_895;
const sessionPattern = /^[A-Za-z0-9_-]{1,100}$/;

function reject(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
}

function isSocketUpgrade(request: IncomingMessage): boolean {
  return (
    request.headers.upgrade?.toLowerCase() === 'websocket' &&
    /^\/ws(\?|$)/.test(originForm(request.url ?? ''))
  );
}

/** The WebSocket server of the gateway; its library is loaded when the first client connects. */
export function createSocketServer(options: SocketServerOptions): SocketServer {
  const { log, authenticate, authorities, isRevoked } = options;
  const connections = new Set<SocketConnection>();
  const registry = createConnectionRegistry({
    capacity: options.capacity,
    // Until the streams are others, events are judged one by one.
    onUser: (userId, own) =>
      authorities.onChange(userId, () => {
        for (const connection of own) void connection.updateStreams();
      }),
  });
  const totals = createSocketTotals(options.registry, () => connections.size);
  const feeds = openEventFeeds(options);
  let sockets: Promise<WebSocketServer> | undefined;
  const timers: NodeJS.Timeout[] = [];
  let broadcasts: Promise<void> = Promise.resolve();
  let closed = false;
  let accepted = 0;

  function assertActive(claims: AccessClaims): void {
    if (isRevoked(claims.session_id)) throw problem('token_revoked');
    if (claims.exp * 1000 <= Date.now()) throw problem('token_expired');
  }

  const tickets = createTickets({ redis: options.redis, assertActive });

  async function credentialOf(frame: { token: string } | { ticket: string }): Promise<Credential> {
    if ('token' in frame) return { verify: async () => authenticate(frame.token) };
    const claims = await tickets.redeem(frame.ticket);
    return {
      async verify() {
        assertActive(claims);
        return claims;
      },
    };
  }

  /** @throws ProblemError `token_revoked` for users who are deactivated or deleted; `not_ready` */
  async function readableBy(claims: AccessClaims): Promise<string[]> {
    const authority = await authorities.of(claims);
    if (!authority?.is_active) throw problem('token_revoked');
    const limit = claims.resources?.workspaces;
    return authority.workspaces
      .filter(({ id, role }) => allows(role, 'read') && (limit === undefined || limit.includes(id)))
      .map(({ id }) => id);
  }

  const context: SocketContext = {
    feeds,
    totals,
    limits: { ...defaultLimits, ...options.limits },
    now: () => performance.now(),
    nextPhase: () => (accepted++ * goldenRatio) % 1,
    credentialOf,
    isRevoked,
    mayRead: async (claims, workspaceId) => (await readableBy(claims)).includes(workspaceId),
    streamsOf: async (claims) =>
      new Set([userStream(claims.user_id), ...(await readableBy(claims)).map(workspaceStream)]),
    onAuthenticated: registry.add,
  };

  const inspectSome = walkInTurns(connections, revocationWithinMs / turnEveryMs);

  async function load(): Promise<WebSocketServer> {
    const { WebSocketServer } = await import('ws');
    const inspections = setInterval(() => inspectSome((connection) => connection.inspect()), turnEveryMs);
    const positions = setInterval(() => {
      if (registry.users > 0) feeds.refreshPosition().catch(() => {});
    }, positionEveryMs);
    timers.push(inspections.unref(), positions.unref());
    return new WebSocketServer({
      noServer: true,
      maxPayload: maxFrameBytes,
      clientTracking: false,
      // No subprotocol is spoken here, so none may be confirmed (RFC 6455 4.2.2). The library would confirm the first.
      handleProtocols: () => false,
    });
  }

  function mayConnect({ headers: { origin, host } }: IncomingMessage): boolean {
    if (origin === undefined) return true;
    return options.isAllowedOrigin(origin) || origin === `http://${host}` || origin === `https://${host}`;
  }

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const query = new URL(request.url ?? '/', 'http://gateway').searchParams;
    const session = query.get('session_id') ?? undefined;
    const ticket = query.get('ticket');
    if (!mayConnect(request)) return reject(socket, '403 Forbidden');
    if (session !== undefined && !sessionPattern.test(session)) return reject(socket, '400 Bad Request');
    if (closed || connections.size >= options.capacity.process)
      return reject(socket, '503 Service Unavailable');
    let credential: Credential | undefined;
    try {
      if (ticket !== null) credential = await credentialOf({ ticket });
    } catch (error) {
      const isOurs = !(error instanceof ProblemError) || error.status >= 500;
      return reject(socket, isOurs ? '503 Service Unavailable' : '401 Unauthorized');
    }
    sockets ??= load();
    (await sockets).handleUpgrade(request, socket, head, (webSocket) => {
      const connection = new SocketConnection({
        ...context,
        socket: webSocket,
        sessionId: session,
        credential,
      });
      connections.add(connection);
      webSocket.on('close', () => {
        connections.delete(connection);
        registry.delete(connection);
      });
    });
  }

  return {
    attach(server) {
      Object.assign(server, { shouldUpgradeCallback: isSocketUpgrade });
      server.on('upgrade', (request, socket, head) => {
        upgrade(request, socket, head).catch((err: unknown) => {
          // Not the request: its URL may have a ticket.
          log.error({ err }, 'upgrade failed');
          socket.destroy();
        });
      });
    },
    broadcastStatus(data) {
      const frame = JSON.stringify({ type: 'system_status', data } satisfies SocketEvent);
      // In sequence: the last state that a client hears is the newest one.
      broadcasts = broadcasts.then(() => inSlices(connections, (connection) => connection.sendStatus(frame)));
    },
    async issueTicket(claims) {
      return { ticket: await tickets.issue(claims), expires_in: ticketSeconds };
    },
    stats(whose) {
      return readStats(registry, totals, whose);
    },
    close() {
      closed = true;
      for (const timer of timers) clearInterval(timer);
      void inSlices(connections, (connection) =>
        connection.close(closeCodes.goingAway, 'the gateway is stopping'),
      );
      const cutOff = () => void inSlices(connections, (connection) => connection.terminate());
      setTimeout(cutOff, closeGraceMs).unref();
    },
  };
}
