import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { SocketEvent } from '../../../contracts/gateway/socket-frames.ts';
import type { AccessClaims } from '../../../contracts/identity.ts';
import type { RunningGateway } from './start-gateway.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests assert single fields of any frame
type Frame = any;

export interface SocketClient {
  readonly socket: WebSocket;
  /** Every frame so far. */
  readonly heard: SocketEvent[];
  opened(): Promise<void>;
  send(frame: unknown): void;
  /** The next frame that nobody has taken yet. */
  next(): Promise<Frame>;
  /** The next frame of this type; frames before it are skipped. */
  nextOf(type: string): Promise<Frame>;
  /** Subscribes and waits for the confirmation. */
  subscribe(channels: string[], more?: object): Promise<void>;
  /** Resolves when everything that the gateway sent before has arrived. */
  settled(): Promise<void>;
  closed(): Promise<{ code: number; reason: string }>;
}

export function connectSocket(
  gateway: Pick<RunningGateway, 'url'>,
  query = '',
  headers: Record<string, string> = {},
): SocketClient {
  const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}/ws${query}`, { headers });
  const heard: SocketEvent[] = [];
  let taken = 0;
  socket.on('error', () => {});
  const end = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }));
  });
  socket.on('message', (data) => heard.push(JSON.parse(String(data))));
  async function next(): Promise<Frame> {
    while (taken >= heard.length) {
      const closedFirst = await Promise.race([once(socket, 'message').then(() => undefined), end]);
      if (closedFirst !== undefined && taken >= heard.length)
        throw new Error(`closed with ${closedFirst.code}: ${closedFirst.reason}`);
    }
    taken += 1;
    return heard[taken - 1];
  }
  async function nextOf(type: string): Promise<Frame> {
    for (;;) {
      const frame = await next();
      if (frame.type === type) return frame;
    }
  }
  const send = (frame: unknown) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  return {
    socket,
    heard,
    async opened() {
      if (socket.readyState === socket.CONNECTING) await once(socket, 'open');
    },
    send,
    next,
    nextOf,
    async subscribe(channels, more = {}) {
      send({ type: 'subscribe', channels, ...more });
      for (const _ of channels) await nextOf('subscribed');
    },
    async settled() {
      send({ type: 'ping' });
      await nextOf('pong');
    },
    closed: () => end,
  };
}

/** A client that has authenticated with a token of its own. */
export async function signedInSocket(
  gateway: RunningGateway,
  claims: Partial<AccessClaims> = {},
  query = '',
): Promise<SocketClient & { welcome: Frame }> {
  const client = connectSocket(gateway, query);
  await client.opened();
  client.send({ type: 'auth', token: await gateway.token(claims) });
  return { ...client, welcome: await client.next() };
}
