import { EventEmitter, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { route } from '../../contracts/route.ts';
import { service } from '../../contracts/service.ts';
import { createLog } from '../observe/log.ts';
import { buildService } from '../service/build-service.ts';
import { openPatientSender } from '../testing/patient-sender.ts';
import { longestUploadMs, type PaceOptions } from './body-pace.ts';

const contract = service({
  name: 'user-service',
  title: 'Accepts bodies',
  port: 8008,
  mounts: [],
  routes: {
    keep: route({
      method: 'POST',
      path: '/things',
      summary: 'Keep a thing',
      access: 'public',
      body: z.object({ name: z.string() }),
      success: { status: 204, description: 'Kept' },
    }),
    upload: route({
      method: 'POST',
      path: '/uploads',
      summary: 'Take bytes',
      access: 'public',
      bodyType: 'application/octet-stream',
      maxBodyBytes: 64 * 1024 * 1024,
      success: { status: 204, description: 'Taken' },
    }),
  },
});

/** 1,000 bytes in a period of three polls. */
const limits = { headMs: 30_000, bodyMs: 100, uploadBytesPerSecond: 10_000 };

let app: FastifyInstance;
afterEach(() => app?.close());

/** Starts a service without timers: `poll` does what its timer would do. */
async function listen(options: { reads?: boolean } & PaceOptions = {}) {
  const { reads = true, ...pace } = options;
  const events = new EventEmitter<{ begun: []; arrived: [bytes: number] }>();
  const timers: (() => void)[] = [];
  let bytes = 0;
  let body: Readable | undefined;
  const clock = {
    every(_ms: number, work: () => void) {
      timers.push(work);
      return () => undefined;
    },
  };
  app = buildService(contract, {
    config: { INTERNAL_API_KEY: 'k'.repeat(32) },
    log: createLog({ service: 'test', level: 'silent' }),
    dependencies: [],
    pace: { limits, clock, ...pace },
    handlers: {
      keep: async () => undefined,
      async upload(request) {
        body = request.body;
        events.emit('begun');
        if (!reads) await once(events, 'arrived');
        for await (const chunk of request.body) {
          bytes += (chunk as Buffer).length;
          events.emit('arrived', bytes);
        }
      },
    },
  });
  app.addHook('preParsing', (request, _reply, payload, done) => {
    if (request.url === '/things')
      payload.on('data', (chunk: Buffer) => events.emit('arrived', chunk.length));
    done(null, payload);
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    events,
    port: (app.server.address() as AddressInfo).port,
    body: () => body,
    poll: (times: number) => {
      for (let time = 0; time < times; time += 1) for (const work of timers) work();
    },
  };
}

const head = (path: string, type: string, length: number) =>
  `POST ${path} HTTP/1.1\r\nhost: test\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\n\r\n`;
const uploadHead = (length: number) => head('/uploads', 'application/octet-stream', length);

describe('an upload', () => {
  it('may take any time while enough bytes arrive', async () => {
    const { events, port, poll } = await listen();
    await using client = await openPatientSender(port);
    const periods = 40;
    const begun = once(events, 'begun');
    await client.send(uploadHead(periods * 1_000));
    await begun;
    // The first poll can come right after the head.
    poll(1);
    for (let period = 0; period < periods; period += 1) {
      const arrived = once(events, 'arrived');
      await client.send(Buffer.alloc(1_000, 'x'));
      await arrived;
      poll(3);
    }
    await client.until('204 No Content');
  });

  it('gets 408 and a closed connection when it stalls', async () => {
    const { events, port, poll, body } = await listen();
    await using client = await openPatientSender(port);
    const arrived = once(events, 'arrived');
    await client.send(uploadHead(100_000));
    await client.send(Buffer.alloc(50_000, 'x'));
    await arrived;
    // A burst is no credit for later periods.
    poll(4);
    expect(client.received).toBe('');
    poll(3);
    await client.until('"request_timeout"');
    expect(client.received).toMatch(/^HTTP\/1\.1 408 /);
    await client.closed;
    expect(body()?.destroyed).toBe(true);
  });

  it('gets 408 when only single bytes arrive', async () => {
    const { events, port, poll } = await listen();
    await using client = await openPatientSender(port);
    const begun = once(events, 'begun');
    await client.send(uploadHead(100_000));
    await begun;
    for (let time = 0; time < 4; time += 1) {
      const arrived = once(events, 'arrived');
      await client.send('x');
      await arrived;
      poll(1);
    }
    await client.until('"request_timeout"');
  });

  it('is not rejected when the service does not read', async () => {
    const { events, port, poll, body } = await listen({ reads: false });
    await using client = await openPatientSender(port);
    const begun = once(events, 'begun');
    await client.send(uploadHead(100_000));
    await begun;
    const buffered = once(body() as Readable, 'readable');
    await client.send(Buffer.alloc(90_000, 'x'));
    await buffered;
    poll(50);
    events.emit('arrived', 0);
    await client.send(Buffer.alloc(10_000, 'x'));
    await client.until('204 No Content');
  });
});

describe('any other body', () => {
  it('has to arrive in time at any rate', async () => {
    const { events, port, poll } = await listen();
    await using client = await openPatientSender(port);
    const first = once(events, 'arrived');
    await client.send(head('/things', 'application/json', 100_000));
    await client.send('{"name":"');
    await first;
    for (let time = 0; time < 4; time += 1) {
      expect(client.received).toBe('');
      const arrived = once(events, 'arrived');
      await client.send(Buffer.alloc(10_000, 'x'));
      await arrived;
      poll(1);
    }
    await client.until('"request_timeout"');
    await client.closed;
  });

  it('has no effect on later requests once it has arrived', async () => {
    const { port, poll } = await listen();
    await using client = await openPatientSender(port);
    const body = '{"name":"thing"}';
    await client.send(head('/things', 'application/json', body.length) + body);
    await client.until('204 No Content');
    poll(10);
    await client.send(`${head('/things', 'application/json', body.length)}${body}`);
    await client.send('GET /health HTTP/1.1\r\nhost: test\r\n\r\n');
    await client.until('"uptime_s"');
  });
});

it('gives a slow head no extra time', async () => {
  const { port } = await listen({ limits: { ...limits, headMs: 60 } });
  await using client = await openPatientSender(port);
  await client.send('POST /uploads HTTP/1.1\r\nhost: test\r\nx-slow: ');
  await client.until('"request_timeout"');
  await client.closed;
});

it('computes how long the slowest upload can take', () => {
  expect(longestUploadMs(1_000_000, limits)).toBe(100_000 + 200);
});
