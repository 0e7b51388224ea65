import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Redis } from 'ioredis';
import type { WebSocketServer } from 'ws';
import type { AccessClaims } from '../../../contracts/identity.ts';
import type { Authenticate } from '../../../kit/auth/access.ts';
import { originForm } from '../../../kit/http/request-target.ts';
import type { Log } from '../../../kit/observe/log.ts';
import { closeCodes, type SocketChannel, SocketConnection, type SocketLimits } from './socket-connection.ts';
import { receiveUserEvents } from './user-events.ts';

export interface SocketServerOptions {
  /** A connection of its own: subscribing takes it over. */
  subscriber: Redis;
  authenticate: Authenticate;
  /** Whether a page of this origin may connect; the gateway's own origin always may. */
  isAllowedOrigin(origin: string): boolean;
  log: Log;
}

export interface SocketServer {
  /** Takes over upgrade requests for `/ws`; all others get a response as if they had asked for no upgrade. */
  attach(server: Server): void;
  /** Sends an event to every client subscribed to its channel. */
  broadcast(channel: SocketChannel, data: unknown): void;
  close(): void;
}

const limits: SocketLimits = {
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
  const { log, authenticate } = options;
  const connections = new Set<SocketConnection>();
  let sockets: Promise<WebSocketServer> | undefined;
  let inspections: NodeJS.Timeout | undefined;
  let closed = false;

  const connectionsOf = (userId: string) =>
    [...connections].filter(({ claims }) => claims?.user_id === userId);

  const userEvents = receiveUserEvents(options, (userId, { channel, data, session_id }) => {
    for (const connection of connectionsOf(userId)) {
      if (session_id === undefined || session_id === connection.sessionId) connection.publish(channel, data);
    }
  });

  function accept({ user_id }: AccessClaims, sessionId: string): boolean {
    const ofSession = connectionsOf(user_id).filter((connection) => connection.sessionId === sessionId);
    if (ofSession.length >= connectionsPerSession) return false;
    userEvents.follow(user_id);
    return true;
  }

  async function load(): Promise<WebSocketServer> {
    const { WebSocketServer } = await import('ws');
    inspections = setInterval(() => {
      for (const connection of connections) void connection.inspect();
    }, inspectEveryMs);
    inspections.unref();
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
    const session = new URL(request.url ?? '/', 'http://gateway').searchParams.get('session_id') ?? undefined;
    if (!mayConnect(request)) return reject(socket, '403 Forbidden');
    if (session !== undefined && !sessionPattern.test(session)) return reject(socket, '400 Bad Request');
    if (closed || connections.size >= maxConnections) return reject(socket, '503 Service Unavailable');
    sockets ??= load();
    (await sockets).handleUpgrade(request, socket, head, (webSocket) => {
      const connection = new SocketConnection({
        socket: webSocket,
        sessionId: session,
        authenticate,
        limits,
        now: () => performance.now(),
        onAuthenticated: accept,
      });
      connections.add(connection);
      webSocket.on('close', () => {
        connections.delete(connection);
        const userId = connection.claims?.user_id;
        if (userId !== undefined && connectionsOf(userId).length === 0) userEvents.unfollow(userId);
      });
    });
  }

  return {
    attach(server) {
      Object.assign(server, { shouldUpgradeCallback: isSocketUpgrade });
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
