import { EventEmitter, once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { openPatientSender } from '../../../kit/testing/patient-sender.ts';
import { startTemporaryRedis, type TemporaryRedis } from '../../../kit/testing/temporary-redis.ts';
import { type RunningGateway, startGateway } from '../testing/start-gateway.ts';

/** 1,000 bytes in a period of three checks. */
const limits = { headMs: 30_000, bodyMs: 100, uploadBytesPerSecond: 10_000 };

let redis: TemporaryRedis;
let gateway: RunningGateway;
let checks: (() => void)[];
let atService: EventEmitter<{ request: [IncomingMessage, ServerResponse]; bytes: [number]; broken: [] }>;

beforeAll(async () => {
  redis = await startTemporaryRedis();
});
beforeEach(async () => {
  checks = [];
  atService = new EventEmitter();
  gateway = await startGateway({
    redisUrl: redis.url,
    pace: {
      limits,
      clock: {
        every(_ms, work) {
          checks.push(work);
          return () => undefined;
        },
      },
    },
    services: {
      'file-service': (request, response) => {
        let bytes = 0;
        request.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          atService.emit('bytes', bytes);
        });
        request.on('error', () => atService.emit('broken'));
        request.on('end', () => response.writeHead(201).end(JSON.stringify({ bytes })));
        atService.emit('request', request, response);
      },
    },
  });
});
afterEach(() => gateway?.[Symbol.asyncDispose]());
afterAll(() => redis?.stop());

const check = (times: number) => {
  for (let time = 0; time < times; time += 1) for (const work of checks) work();
};

async function begin(path: string, length: number) {
  const client = await openPatientSender(gateway.port);
  const type = path.endsWith('/upload') ? 'multipart/form-data; boundary=x' : 'application/json';
  const authorization = `Bearer ${await gateway.token()}`;
  await client.send(
    `POST ${path} HTTP/1.1\r\nhost: test\r\nauthorization: ${authorization}\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\n\r\n`,
  );
  return client;
}

it('forwards a slow upload for many times the limit of other bodies', async () => {
  const periods = 40;
  await using client = await begin('/api/files/upload', periods * 2_000);
  for (let period = 1; period <= periods; period += 1) {
    const arrived = once(atService, 'bytes');
    await client.send(Buffer.alloc(2_000, 'x'));
    await arrived;
    check(3);
  }
  await client.until(`{"bytes":${periods * 2_000}}`);
  expect(client.received).toMatch(/^HTTP\/1\.1 201 /);
});

it('ends an upload that stalls, at the client and at the service', async () => {
  await using client = await begin('/api/files/upload', 1_000_000);
  const arrived = once(atService, 'bytes');
  await client.send(Buffer.alloc(200_000, 'x'));
  await arrived;
  const broken = once(atService, 'broken');
  check(7);
  await client.until('"request_timeout"');
  await client.closed;
  await broken;
});

it('closes a connection whose body does not arrive after the response of the service', async () => {
  const arriving = once(atService, 'request');
  await using client = await begin('/api/files/3f2a7a52-0000-4000-8000-000000000001/process', 1_000);
  await client.send('{');
  const [, response] = (await arriving) as [IncomingMessage, ServerResponse];
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    response.writeHead(408, { 'content-type': 'application/json' }).end('{"late":true}');
    await client.until('{"late":true}');
    let isClosed = false;
    client.closed.then(() => {
      isClosed = true;
    });
    while (!isClosed) {
      vi.advanceTimersByTime(10_000);
      await turn();
    }
  } finally {
    vi.useRealTimers();
  }
});

it('ends a small body that never begins', async () => {
  await using client = await begin('/api/files/3f2a7a52-0000-4000-8000-000000000001/process', 1_000);
  let isClosed = false;
  client.closed.then(() => {
    isClosed = true;
  });
  while (!isClosed) {
    check(1);
    await turn();
  }
  expect(client.received).toContain('"request_timeout"');
});

it('ends other bodies at the limit', async () => {
  await using client = await begin('/api/files/3f2a7a52-0000-4000-8000-000000000001/process', 100_000);
  for (let time = 0; time < 4; time += 1) {
    const arrived = once(atService, 'bytes');
    await client.send(Buffer.alloc(10_000, 'x'));
    await arrived;
    check(1);
  }
  await client.until('"request_timeout"');
});
