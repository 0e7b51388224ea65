import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { route } from '../../contracts/route.ts';
import { service } from '../../contracts/service.ts';
import { createLog } from '../observe/log.ts';
import { buildService } from '../service/build-service.ts';

const removed = { status: 200, description: 'Gone', schema: z.object({ removed: z.boolean() }) };
const contract = service({
  name: 'user-service',
  title: 'Accepts bodies, or none',
  port: 8008,
  mounts: [],
  routes: {
    remove: route({
      method: 'DELETE',
      path: '/things',
      summary: 'Remove all things',
      access: 'public',
      success: removed,
    }),
    keep: route({
      method: 'POST',
      path: '/things',
      summary: 'Keep a thing',
      access: 'public',
      body: z.object({ name: z.string() }),
      success: removed,
    }),
    upload: route({
      method: 'POST',
      path: '/uploads',
      summary: 'Store bytes',
      access: 'public',
      bodyType: 'application/octet-stream',
      success: { status: 200, description: 'How many', contentType: 'text/plain' },
    }),
  },
});

let app: FastifyInstance;
beforeAll(async () => {
  app = buildService(contract, {
    config: { INTERNAL_API_KEY: 'k'.repeat(32) },
    log: createLog({ service: 'test', level: 'silent' }),
    dependencies: [],
    handlers: {
      remove: async () => ({ removed: true }),
      keep: async () => ({ removed: false }),
      upload: async ({ body }) => `${(await text(body)).length} bytes`,
    },
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(() => app?.close());

/** Sends a head without any body, not even an empty one. */
async function sendHead(method: string, path: string, type: string) {
  const { port } = app.server.address() as AddressInfo;
  const outgoing = request({ port, method, path, headers: { 'content-type': type }, agent: false });
  outgoing.useChunkedEncodingByDefault = false;
  outgoing.end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return { status: response.statusCode, body: await text(response) };
}

it.each([
  ['DELETE', '/things', 'application/json', 200, /"removed":true/],
  ['POST', '/things', 'application/json', 422, /"loc":\["body"\]/],
  ['POST', '/uploads', 'application/octet-stream', 200, /^0 bytes$/],
])('responds to %s %s with content type %s and no body', async (method, path, type, status, body) => {
  const response = await sendHead(method, path, type);
  expect(response.status).toBe(status);
  expect(response.body).toMatch(body);
});
