import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { route } from '../../contracts/route.ts';
import { service } from '../../contracts/service.ts';
import { problem } from '../http/problem.ts';
import { createLog } from '../observe/log.ts';
import { buildService, type ServiceOptions } from '../service/build-service.ts';
import { testClaims } from './test-claims.ts';

export const thingsKey = 'k'.repeat(32);
/** Claims of the token `good`. */
export const thingsCaller = testClaims();

/** A contract with one route of each kind. */
export const thingsContract = service({
  name: 'user-service',
  title: 'A small service for tests',
  port: 8008,
  mounts: [],
  routes: {
    make: route({
      method: 'POST',
      path: '/things/:id',
      summary: 'Make a thing',
      access: 'public',
      params: z.object({ id: z.coerce.number().int() }),
      query: z.object({ dry: z.enum(['yes', 'no']).default('no') }),
      body: z.object({ email: z.email(), tags: z.array(z.string()).optional() }),
      success: { status: 201, description: 'Made', schema: z.object({ id: z.number(), dry: z.string() }) },
    }),
    own: route({
      method: 'GET',
      path: '/own',
      summary: 'Needs a user',
      access: 'user',
      success: { status: 200, description: 'The user', schema: z.object({ id: z.uuid() }) },
    }),
    inner: route({
      method: 'DELETE',
      path: '/inner',
      summary: 'Needs the internal key',
      access: 'service',
      success: { status: 204, description: 'Deleted' },
    }),
    stream: route({
      method: 'GET',
      path: '/stream',
      summary: 'Bytes',
      access: 'public',
      success: { status: 200, description: 'Bytes', contentType: 'text/csv' },
    }),
    tree: route({
      method: 'POST',
      path: '/tree',
      summary: 'Any JSON',
      access: 'public',
      body: z.object({ value: z.json() }),
      success: { status: 204, description: 'Read' },
    }),
    upload: route({
      method: 'POST',
      path: '/upload',
      summary: 'Accepts a form',
      access: 'public',
      bodyType: 'multipart/form-data',
      success: { status: 204, description: 'Accepted' },
    }),
    unbuilt: route({
      method: 'GET',
      path: '/unbuilt',
      summary: 'Has no handler',
      access: 'public',
      success: { status: 204, description: 'Never' },
    }),
  },
});

/** Builds the service in this process. Its only valid token is `good`. */
export function buildThingsService(
  overrides: Partial<ServiceOptions<typeof thingsContract>> = {},
): FastifyInstance {
  return buildService(thingsContract, {
    config: { INTERNAL_API_KEY: thingsKey },
    log: createLog({ service: 'test', level: 'silent' }),
    dependencies: [],
    authenticate: (token) => {
      if (token !== 'good') throw problem('unauthenticated');
      return thingsCaller;
    },
    handlers: {
      make: async ({ params, query }) => ({ id: params.id, dry: query.dry, secret: 'not in the contract' }),
      own: async ({ caller }) => ({ id: caller.user_id }),
      inner: async () => undefined,
      stream: async () => Readable.from(['a,b\n', '1,2\n']),
      tree: async () => undefined,
      upload: async () => undefined,
    },
    ...overrides,
  });
}
