import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { route } from '../../contracts/route.ts';
import { service } from '../../contracts/service.ts';
import { createLog } from '../observe/log.ts';
import { buildService } from '../service/build-service.ts';
import { openPatientSender } from '../testing/patient-sender.ts';
import { problem } from './problem.ts';

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
      access: 'user',
      body: z.object({ name: z.string() }),
      success: { status: 204, description: 'Kept' },
    }),
  },
});

let app: FastifyInstance;
afterEach(() => app?.close());

async function listen(): Promise<number> {
  app = buildService(contract, {
    config: { INTERNAL_API_KEY: 'k'.repeat(32) },
    log: createLog({ service: 'test', level: 'silent' }),
    dependencies: [],
    authenticate: () => {
      throw problem('unauthenticated');
    },
    handlers: { keep: async () => undefined },
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  return (app.server.address() as AddressInfo).port;
}

const megabyte = Buffer.alloc(1024 * 1024, 'x');
const head = (more: string) =>
  `POST /things HTTP/1.1\r\nhost: test\r\ncontent-type: application/json\r\n${more}\r\n\r\n`;

describe('a body that is rejected before it has arrived', () => {
  it.each([
    ['with a declared length', `content-length: ${10 * megabyte.length}`],
    [
      'from a client that closes the connection',
      `content-length: ${10 * megabyte.length}\r\nconnection: close`,
    ],
  ])('can be sent to its end %s', async (_case, headers) => {
    await using client = await openPatientSender(await listen());
    await client.send(head(headers));
    await client.until('"payload_too_large"');
    expect(client.received).toContain('HTTP/1.1 413');
    for (let sent = 0; sent < 10; sent += 1) await client.send(megabyte);
    if (headers.includes('close')) await client.closed;
    else {
      await client.send('GET /health HTTP/1.1\r\nhost: test\r\n\r\n');
      await client.until('HTTP/1.1 200');
    }
  });

  it('can be sent to its end in chunks', async () => {
    await using client = await openPatientSender(await listen());
    await client.send(head('transfer-encoding: chunked'));
    const chunk = Buffer.concat([
      Buffer.from(`${megabyte.length.toString(16)}\r\n`),
      megabyte,
      Buffer.from('\r\n'),
    ]);
    await client.send(chunk);
    await client.send(chunk);
    await client.until('"payload_too_large"');
    for (let sent = 0; sent < 8; sent += 1) await client.send(chunk);
    await client.send('0\r\n\r\nGET /health HTTP/1.1\r\nhost: test\r\n\r\n');
    await client.until('HTTP/1.1 200');
  });

  it('is read up to a limit only', async () => {
    await using client = await openPatientSender(await listen());
    await client.send(head(`content-length: ${1000 * megabyte.length}`));
    await client.until('"payload_too_large"');
    const sending = async () => {
      for (let sent = 0; sent < 1000; sent += 1) await client.send(megabyte);
    };
    await expect(sending()).rejects.toThrow();
    await client.closed;
  });
});
