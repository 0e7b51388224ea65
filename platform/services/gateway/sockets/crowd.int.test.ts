import { expect, it } from 'vitest';
import { createPublishLiveEvent } from '../../../kit/events/publish-live-event.ts';
import { createLog } from '../../../kit/observe/log.ts';
import { openRedis } from '../../../kit/redis/redis.ts';
import { startTemporaryRedis } from '../../../kit/testing/temporary-redis.ts';
import { testClaims } from '../../../kit/testing/test-claims.ts';
import { type SocketClient, signedInSocket } from '../testing/socket-client.ts';
import { internalKey, startGateway } from '../testing/start-gateway.ts';

const size = 1_000;

it('a thousand idle clients stay connected, and each gets its own event only', {
  timeout: 120_000,
}, async () => {
  await using redis = await startTemporaryRedis();
  await using gateway = await startGateway({ redisUrl: redis.url, services: {} });
  const log = createLog({ service: 'test', level: 'silent' });
  const store = openRedis({ url: redis.url, log });
  const publish = createPublishLiveEvent({ redis: store, log });
  const users = Array.from({ length: size }, () => testClaims());
  const clients: SocketClient[] = [];
  for (let start = 0; start < size; start += 50)
    clients.push(
      ...(await Promise.all(users.slice(start, start + 50).map((user) => signedInSocket(gateway, user)))),
    );
  await Promise.all(clients.map((client) => client.subscribe(['chat_stream'])));
  for (const { user_id } of users)
    publish('chat.delta.v1', { userId: user_id, subject: user_id, data: { index: 0, text: 'yours' } });
  const subjects = await Promise.all(
    clients.map(async (client) => (await client.nextOf('chat_stream')).event.subject),
  );
  expect(subjects).toEqual(users.map(({ user_id }) => user_id));
  const headers = { 'x-internal-key': internalKey };
  const stats = (await gateway.send('/internal/websocket/stats?of=gateway', { headers })).json();
  expect(stats).toMatchObject({ connections: size, users: size, events_sent: size, slow_closes: 0, gaps: 0 });
  for (const client of clients) client.socket.terminate();
  await store.close();
});
