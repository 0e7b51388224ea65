import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Redis } from 'ioredis';
import type { WebSocketServer } from 'ws';
import { z } from 'zod';
import { socketChannels } from '../../../contracts/gateway/contract.ts';
import type { Authenticate } from '../../../kit/auth/access.ts';
import type { Log } from '../../../kit/observe/log.ts';
import { closeCodes, handleSocket, type SocketConnection, type SocketLimits } from './socket-connection.ts';

/**
 * Redis channel on which services publish events for one user's connections, as JSON `{channel, data}` with an
 * optional `session_id` that narrows it to one session.
 */
export function socketEventsChannel(userId: string): string {
  return `socket:${userId}`;
}

const Published = z.object({
  channel: z.enum(socketChannels),
  data: z.unknown(),
  session_id: z.string().optional(),
});

export interface SocketServerOptions {
  /** A connection of its own, since subscribing takes it over. */
  subscriber: Redis;
  authenticate: Authenticate;
  /** Whether a page of this origin may connect; the gateway's own origin always may. */
  isAllowedOrigin(origin: string): boolean;
  log: Log;
  limits?: Partial<SocketLimits>;
}

export interface SocketServer {
  /** Takes over upgrade requests for `/ws`; all others are answered as if they had asked for no upgrade. */
  attach(server: Server): void;
  /** Sends an event to everybody subscribed to its channel. */
  broadcast(channel: (typeof socketChannels)[number], data: unknown): void;
  close(): void;
}

const defaultLimits: SocketLimits = {
  authTimeoutMs: 10_000,
  messagesPerMinute: 100,
  idleMs: 300_000,
  maxBufferedBytes: 1024 * 1024,
};
const connectionsPerSession = 5;
const maxConnections = 1_000;
const maxFrameBytes = 16 * 1024;
const inspectEveryMs = 30_000;
const sessionPattern = /^[A-Za-z0-9_-]{1,100}$/;

function refuse(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
}

/** The WebSocket end of the gateway; its library is loaded when the first client comes. */
export function createSocketServer(options: SocketServerOptions): SocketServer {
  const { subscriber, log } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const connections = new Set<SocketConnection>();
  let sockets: Promise<WebSocketServer> | undefined;
  let inspections: NodeJS.Timeout | undefined;
  let closed = false;

  const countOf = (matches: (connection: SocketConnection) => boolean) =>
    [...connections].filter(matches).length;

  function follow(userId: string): boolean {
    subscriber
      .subscribe(socketEventsChannel(userId))
      .catch((err: unknown) => log.warn({ err }, 'not following events for sockets'));
    return true;
  }

  subscriber.on('message', (name: string, message: string) => {
    let event: z.output<typeof Published>;
    try {
      event = Published.parse(JSON.parse(message));
    } catch (err) {
      log.warn({ err, channel: name }, 'dropped an event for sockets');
      return;
    }
    for (const connection of connections) {
      if (connection.claims === undefined || socketEventsChannel(connection.claims.user_id) !== name)
        continue;
      if (event.session_id !== undefined && event.session_id !== connection.sessionId) continue;
      connection.publish(event.channel, event.data);
    }
  });

  async function load(): Promise<WebSocketServer> {
    const { WebSocketServer } = await import('ws');
    inspections = setInterval(() => {
      for (const connection of connections) void connection.inspect();
    }, inspectEveryMs);
    inspections.unref();
    return new WebSocketServer({ noServer: true, maxPayload: maxFrameBytes, clientTracking: false });
  }

  function mayConnect(request: IncomingMessage): boolean {
    const { origin, host } = request.headers;
    if (origin === undefined) return true;
    return options.isAllowedOrigin(origin) || origin === `http://${host}` || origin === `https://${host}`;
  }

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const session = new URL(request.url ?? '/', 'http://gateway').searchParams.get('session_id') ?? undefined;
    if (!mayConnect(request)) return refuse(socket, '403 Forbidden');
    if (session !== undefined && !sessionPattern.test(session)) return refuse(socket, '400 Bad Request');
    if (closed || connections.size >= maxConnections) return refuse(socket, '503 Service Unavailable');
    sockets ??= load();
    (await sockets).handleUpgrade(request, socket, head, (webSocket) => {
      const connection: SocketConnection = handleSocket({
        socket: webSocket,
        sessionId: session,
        authenticate: options.authenticate,
        limits,
        now: () => performance.now(),
        onAuthenticated: (claims, sessionId) =>
          countOf((one) => one.sessionId === sessionId && one.claims?.user_id === claims.user_id) <
            connectionsPerSession && follow(claims.user_id),
      });
      connections.add(connection);
      webSocket.on('close', () => {
        connections.delete(connection);
        const userId = connection.claims?.user_id;
        if (userId !== undefined && countOf((one) => one.claims?.user_id === userId) === 0)
          subscriber.unsubscribe(socketEventsChannel(userId)).catch(() => {});
      });
    });
  }

  return {
    attach(server) {
      const wants = (request: IncomingMessage) =>
        request.headers.upgrade?.toLowerCase() === 'websocket' && /^\/ws(\?|$)/.test(request.url ?? '');
      Object.assign(server, { shouldUpgradeCallback: wants });
      server.on('upgrade', (request, socket, head) => {
        upgrade(request, socket, head).catch((err: unknown) => {
          log.error({ err }, 'upgrade failed');
          socket.destroy();
        });
      });
    },
    broadcast(channel, data) {
      for (const connection of connections) connection.publish(channel, data);
    },
    close() {
      closed = true;
      clearInterval(inspections);
      for (const connection of connections) connection.close(closeCodes.goingAway, 'the gateway is stopping');
    },
  };
}
