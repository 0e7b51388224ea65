import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPublishLiveEvent } from '../../../kit/events/publish-live-event.ts';
import { createLog } from '../../../kit/observe/log.ts';
import { openRedis } from '../../../kit/redis/redis.ts';
import { startTemporaryRedis, type TemporaryRedis } from '../../../kit/testing/temporary-redis.ts';
import { testClaims } from '../../../kit/testing/test-claims.ts';
import { connectSocket, type SocketClient, signedInSocket } from '../testing/socket-client.ts';
import { type RunningGateway, startGateway } from '../testing/start-gateway.ts';

let redis: TemporaryRedis;

beforeAll(async () => {
  redis = await startTemporaryRedis();
});
afterAll(() => redis.stop());

const start = (env: Record<string, string>) => startGateway({ redisUrl: redis.url, services: {}, env });

const signInMany = (gateway: RunningGateway, count: number, tenantId: string) =>
  Promise.all(
    Array.from({ length: count }, () => signedInSocket(gateway, testClaims({ tenant_id: tenantId }))),
  );

function terminate(clients: readonly SocketClient[]): void {
  for (const { socket } of clients) socket.terminate();
}

it('rejects connections above the limit of the process with 503, before they sign in', async () => {
  await using gateway = await start({ SOCKETS_PER_PROCESS: '2' });
  const clients = [connectSocket(gateway), connectSocket(gateway)];
  await Promise.all(clients.map((client) => client.opened()));
  const headers = { upgrade: 'websocket', connection: 'upgrade', 'sec-websocket-version': '13' };
  const key = { 'sec-websocket-key': Buffer.alloc(16).toString('base64') };
  expect((await gateway.send('/ws', { headers: { ...headers, ...key } })).status).toBe(503);
  terminate(clients);
});

it('closes a connection above the limit of its user', async () => {
  await using gateway = await start({ SOCKETS_PER_USER: '2' });
  const user = testClaims();
  const own = () => signedInSocket(gateway, { ...user, session_id: randomUUID() });
  const clients = [await own(), await own()];
  const third = connectSocket(gateway);
  await third.opened();
  third.send({ type: 'auth', token: await gateway.token({ ...user, session_id: randomUUID() }) });
  expect(await third.closed()).toEqual({ code: 1008, reason: 'too many connections' });
  terminate(clients);
});

it('closes a connection above the limit of its tenant, until another one of the tenant has closed', async () => {
  await using gateway = await start({ SOCKETS_PER_TENANT: '2' });
  const tenantId = randomUUID();
  const clients = await signInMany(gateway, 2, tenantId);
  const third = connectSocket(gateway);
  await third.opened();
  third.send({ type: 'auth', token: await gateway.token(testClaims({ tenant_id: tenantId })) });
  expect(await third.closed()).toEqual({ code: 1008, reason: 'too many connections' });
  const other = await signedInSocket(gateway, testClaims());
  clients[0]?.socket.close();
  await clients[0]?.closed();
  const fourth = await signedInSocket(gateway, testClaims({ tenant_id: tenantId }));
  expect(fourth.welcome.type).toBe('authenticated');
  terminate([...clients, other, fourth]);
});

it('hands the events of a workspace to its 300 members, to each in their order and once', async () => {
  await using gateway = await start({});
  const workspaceId = randomUUID();
  const clients = await signInMany(gateway, 300, workspaceId);
  await Promise.all(clients.map((client) => client.subscribe(['workflow'])));
  const log = createLog({ service: 'test', level: 'silent' });
  const store = openRedis({ url: redis.url, log });
  const publish = createPublishLiveEvent({ redis: store, log });
  const userId = randomUUID();
  const runs = Array.from({ length: 10 }, () => randomUUID());
  for (const run of runs)
    publish('workflow.run_started.v1', {
      userId,
      workspaceId,
      subject: run,
      data: { run_id: run, workflow_id: workspaceId, steps: 1 },
    });
  for (const client of clients) {
    const subjects: string[] = [];
    for (const _ of runs) subjects.push((await client.nextOf('workflow')).event.subject);
    expect(subjects).toEqual(runs);
  }
  await Promise.all(clients.map((client) => client.settled()));
  for (const { heard } of clients)
    expect(heard.filter(({ type }) => type === 'workflow')).toHaveLength(runs.length);
  terminate(clients);
  await store.close();
});

it('closes all of 300 connections with 1001 when it stops', async () => {
  const gateway = await start({});
  const clients = await signInMany(gateway, 300, randomUUID());
  const ends = Promise.all(clients.map((client) => client.closed()));
  await gateway[Symbol.asyncDispose]();
  expect(new Set((await ends).map(({ code }) => code))).toEqual(new Set([1001]));
});
