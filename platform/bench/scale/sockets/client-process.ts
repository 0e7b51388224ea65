import { once } from 'node:events';
import { WebSocket } from 'ws';
import { answer } from './child.ts';

/** Interval at which a client shows that it is alive, milliseconds: the gateway closes one after five silent minutes. */
const aliveEveryMs = 120_000;

/** Clients that sign in, subscribe to everything and then are idle. */
const open = new Set<WebSocket>();

async function connect(port: number, token: string): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`, { perMessageDeflate: false });
  socket.on('error', () => {});
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'auth', token }));
  await once(socket, 'message');
  const channels = ['chat_stream', 'workflow', 'saga', 'file', 'notification', 'account', 'system_status'];
  socket.send(JSON.stringify({ type: 'subscribe', channels }));
  open.add(socket);
  const alive = setInterval(() => socket.send(JSON.stringify({ type: 'ping' })), aliveEveryMs);
  socket.on('close', () => {
    clearInterval(alive);
    open.delete(socket);
  });
}

answer(async ({ type, port, tokens }) => {
  if (type === 'connect')
    await Promise.all((tokens as string[]).map((token) => connect(port as number, token)));
  return open.size;
});
