import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { route } from '../../contracts/route.ts';
import { service } from '../../contracts/service.ts';
import { startTemporaryDatabase, type TemporaryDatabase } from '../../database/testing/temporary-database.ts';
import { createClient } from '../peers/client.ts';
import { openDatabase } from '../postgres/database.ts';
import { openRedis } from '../redis/redis.ts';
import { buildService } from '../service/build-service.ts';
import { startTogether } from '../testing/start-together.ts';
import { startTemporaryRedis, type TemporaryRedis } from '../testing/temporary-redis.ts';
import { createLog } from './log.ts';
import { startTelemetry } from './telemetry.ts';

interface ReceivedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
}

const spans: ReceivedSpan[] = [];
let collector: Server;
let stores: TemporaryDatabase;
let redisServer: TemporaryRedis;

/** Parses just enough of OTLP/HTTP in JSON to list the received spans. */
beforeAll(async () => {
  collector = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as {
      resourceSpans: { scopeSpans: { spans: ReceivedSpan[] }[] }[];
    };
    for (const resource of body.resourceSpans)
      for (const scope of resource.scopeSpans) spans.push(...scope.spans);
    response.setHeader('content-type', 'application/json').end('{}');
  });
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  [stores, redisServer] = await startTogether(startTemporaryDatabase(), startTemporaryRedis());
});
afterAll(async () => {
  collector?.closeAllConnections();
  collector?.close();
  await stores?.stop();
  await redisServer?.stop();
});

const contract = service({
  name: 'user-service',
  title: 'Caller and peer with the same contract',
  port: 8008,
  mounts: [],
  routes: {
    work: route({
      method: 'GET',
      path: '/work',
      summary: 'Use the stores, or a peer',
      access: 'public',
      success: { status: 200, description: 'Done', schema: z.object({ traceparents: z.array(z.string()) }) },
    }),
  },
});

it('traces a request through two services, a database and Redis as one tree', async () => {
  const log = createLog({ service: 'test', level: 'silent' });
  const telemetry = await startTelemetry({
    service: 'user-service',
    version: '0',
    endpoint: `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
  });
  const database = openDatabase({ url: stores.urlOf('user_service'), log });
  const redis = openRedis({ url: redisServer.url, log });
  await redis.client.ping();
  const options = { config: { INTERNAL_API_KEY: 'k'.repeat(32) }, log, dependencies: [] };
  const callee = buildService(contract, {
    ...options,
    handlers: {
      work: async ({ raw }) => {
        await database.query({ name: 'one', text: 'select 1' });
        await redis.client.get('x');
        const headers = raw.raw.rawHeaders.map((name) => name.toLowerCase());
        return {
          traceparents: headers.flatMap((name, index) =>
            index % 2 === 0 && name === 'traceparent' ? [headers[index + 1] as string] : [],
          ),
        };
      },
    },
  });
  const peer = createClient(contract, { baseUrl: await callee.listen({ host: '127.0.0.1', port: 0 }) });
  const caller = buildService(contract, { ...options, handlers: { work: () => peer.work({}) } });

  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const outside = '00f067aa0ba902b7';
  const response = await caller.inject({
    url: '/work',
    headers: { traceparent: `00-${trace}-${outside}-01` },
  });
  expect(response.statusCode).toBe(200);
  expect(response.json().traceparents).toHaveLength(1);
  await caller.close();
  await callee.close();
  await database.close();
  await redis.close();
  await telemetry.close();

  const tree = spans.filter((span) => span.traceId === trace);
  expect(tree.map(({ name }) => name).sort()).toEqual([
    'GET /work',
    'GET /work',
    'GET user-service',
    'postgresql one',
    'redis get',
  ]);
  const ids = new Set([outside, ...tree.map(({ spanId }) => spanId)]);
  expect(tree.filter(({ parentSpanId }) => !ids.has(parentSpanId ?? ''))).toEqual([]);
  const parentOf = (name: string) => {
    const span = tree.find((one) => one.name === name);
    return tree.find(({ spanId }) => spanId === span?.parentSpanId)?.name;
  };
  expect(parentOf('GET user-service')).toBe('GET /work');
  expect(parentOf('postgresql one')).toBe('GET /work');
});
