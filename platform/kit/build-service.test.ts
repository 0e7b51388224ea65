import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Problem } from '../contracts/problem.ts';
import { route } from '../contracts/route.ts';
import { service } from '../contracts/service.ts';
import { buildService, type ServiceOptions } from './build-service.ts';
import { createLog } from './log.ts';
import { PeerProblem } from './peer-problem.ts';
import { problem } from './problem.ts';
import { testClaims } from './testing/test-claims.ts';

const key = 'k'.repeat(32);

const contract = service({
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
      success: { status: 200, description: 'Who', schema: z.object({ id: z.uuid() }) },
    }),
    inner: route({
      method: 'DELETE',
      path: '/inner',
      summary: 'Needs the internal key',
      access: 'service',
      success: { status: 204, description: 'Gone' },
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
      summary: 'Takes a form',
      access: 'public',
      bodyType: 'multipart/form-data',
      success: { status: 204, description: 'Taken' },
    }),
    unbuilt: route({
      method: 'GET',
      path: '/unbuilt',
      summary: 'Not there yet',
      access: 'public',
      success: { status: 204, description: 'Never' },
    }),
  },
});

const claims = testClaims();
let app: FastifyInstance | undefined;

function build(overrides: Partial<ServiceOptions<typeof contract>> = {}): FastifyInstance {
  app = buildService(contract, {
    config: { INTERNAL_API_KEY: key },
    log: createLog({ service: 'test', level: 'silent' }),
    dependencies: [],
    authenticate: (token) => {
      if (token !== 'good') throw problem('unauthenticated');
      return claims;
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
  return app;
}

afterEach(async () => {
  await app?.close();
  app = undefined;
});

function expectProblem(
  answer: { statusCode: number; json(): unknown },
  status: number,
  code: string,
): Problem {
  expect(answer.statusCode).toBe(status);
  const body = Problem.parse(answer.json());
  expect(body.error).toBe(code);
  return body;
}

describe('buildService', () => {
  it('parses params, query and body, and lets no undeclared field of the answer out', async () => {
    const answer = await build().inject({
      method: 'POST',
      url: '/things/7?dry=yes',
      payload: { email: 'a@b.example' },
    });
    expect(answer.statusCode).toBe(201);
    expect(answer.json()).toEqual({ id: 7, dry: 'yes' });
  });

  it('names the path of a missing field as FastAPI clients expect it', async () => {
    const answer = await build().inject({ method: 'POST', url: '/things/7', payload: { username: 'x' } });
    const body = expectProblem(answer, 422, 'validation_failed');
    expect(body.details?.[0]).toEqual({ type: 'missing', loc: ['body', 'email'], msg: 'Field required' });
  });

  it.each([
    [
      'malformed JSON',
      { payload: '{"email":', headers: { 'content-type': 'application/json' } },
      400,
      'malformed_request',
    ],
    [
      'a prototype key',
      { payload: '{"email":"a@b.example","__proto__":{}}', headers: { 'content-type': 'application/json' } },
      400,
      'malformed_request',
    ],
    ['no body at all', {}, 422, 'validation_failed'],
    ['text', { payload: 'x', headers: { 'content-type': 'text/plain' } }, 415, 'unsupported_media_type'],
    ['too many bytes', { payload: { email: 'x'.repeat(1024 * 1024) } }, 413, 'payload_too_large'],
  ] as const)('refuses %s', async (_what, request, status, code) => {
    expectProblem(await build().inject({ method: 'POST', url: '/things/7', ...request }), status, code);
  });

  it('answers a value nested a hundred thousand deep with 422', async () => {
    const payload = `{"value":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    const answer = await build().inject({
      method: 'POST',
      url: '/tree',
      payload,
      headers: { 'content-type': 'application/json' },
    });
    expectProblem(answer, 422, 'validation_failed');
  });

  it('names the text that is half of a surrogate pair', async () => {
    const answer = await build().inject({
      method: 'POST',
      url: '/tree',
      headers: { 'content-type': 'application/json' },
      payload: String.raw`{"value": ["fine", {"name": "\ud800"}]}`,
    });
    const { details } = expectProblem(answer, 422, 'validation_failed');
    expect(details?.[0]?.loc).toEqual(['body', 'value', 1, 'name']);
  });

  it('takes on a route only the content type that the route declares', async () => {
    const upload = (type: string) =>
      build().inject({ method: 'POST', url: '/upload', headers: { 'content-type': type }, payload: '{}' });
    expectProblem(await upload('application/json'), 415, 'unsupported_media_type');
    expect((await upload('Multipart/Form-Data; boundary=b')).statusCode).toBe(204);
  });

  it('tells an unknown path from a wrong method and lists the right ones', async () => {
    const service = build();
    expectProblem(await service.inject('/nothing'), 404, 'not_found');
    const answer = await service.inject({ method: 'DELETE', url: '/things/7' });
    expectProblem(answer, 405, 'method_not_allowed');
    expect(answer.headers.allow).toBe('POST');
    expectProblem(await service.inject('/%zz'), 400, 'malformed_request');
  });

  it('lets only a caller with a good token into a user route', async () => {
    const service = build();
    expectProblem(await service.inject('/own'), 401, 'unauthenticated');
    expectProblem(
      await service.inject({ url: '/own', headers: { authorization: 'Basic good' } }),
      401,
      'unauthenticated',
    );
    expectProblem(
      await service.inject({ url: '/own', headers: { authorization: 'Bearer bad' } }),
      401,
      'unauthenticated',
    );
    const answer = await service.inject({ url: '/own', headers: { authorization: 'Bearer good' } });
    expect(answer.json()).toEqual({ id: claims.user_id });
  });

  it('lets only services with the internal key into a service route', async () => {
    const service = build();
    expectProblem(await service.inject({ method: 'DELETE', url: '/inner' }), 403, 'forbidden');
    const wrong = { 'x-internal-key': 'K'.repeat(32) };
    expectProblem(
      await service.inject({ method: 'DELETE', url: '/inner', headers: wrong }),
      403,
      'forbidden',
    );
    const answer = await service.inject({
      method: 'DELETE',
      url: '/inner',
      headers: { 'x-internal-key': key },
    });
    expect(answer.statusCode).toBe(204);
  });

  it('answers 501 for a route nobody built', async () => {
    expectProblem(await build().inject('/unbuilt'), 501, 'not_implemented');
  });

  it('streams an answer without schema in the declared content type', async () => {
    const answer = await build().inject('/stream');
    expect(answer.headers['content-type']).toContain('text/csv');
    expect(answer.body).toBe('a,b\n1,2\n');
  });

  it('says nothing about the cause of an unexpected error', async () => {
    const service = build({
      handlers: {
        own: async () => {
          throw new Error('select secret from users');
        },
      },
    });
    const answer = await service.inject({ url: '/own', headers: { authorization: 'Bearer good' } });
    expectProblem(answer, 500, 'internal');
    expect(answer.body).not.toContain('secret');
  });

  it('treats an answer that breaks the contract as its own fault', async () => {
    const service = build({ handlers: { own: async () => ({ id: 'not a uuid' }) } });
    const answer = await service.inject({ url: '/own', headers: { authorization: 'Bearer good' } });
    expectProblem(answer, 500, 'internal');
  });

  it('passes a peer’s refusal on and turns a peer’s failure into 502', async () => {
    const refused = new PeerProblem({
      peer: 'x',
      status: 404,
      problem: { error: 'not_found', message: 'gone', timestamp: new Date().toISOString(), request_id: 'r' },
    });
    const headers = { authorization: 'Bearer good' };
    const one = build({ handlers: { own: () => Promise.reject(refused) } });
    expectProblem(await one.inject({ url: '/own', headers }), 404, 'not_found');
    const two = build({ handlers: { own: () => Promise.reject(new PeerProblem({ peer: 'x' })) } });
    expectProblem(await two.inject({ url: '/own', headers }), 502, 'bad_gateway');
  });

  it('names itself, keeps a sound request id and continues the caller’s trace', async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const answer = await build().inject({
      url: '/health',
      headers: { 'x-request-id': 'request-0001', traceparent: `00-${trace}-00f067aa0ba902b7-01` },
    });
    expect(answer.headers).toMatchObject({
      'x-served-by': 'user-service',
      'x-request-id': 'request-0001',
      'x-trace-id': trace,
      'x-content-type-options': 'nosniff',
    });
    expect(answer.headers['x-powered-by']).toBeUndefined();
    expect(answer.json()).toMatchObject({ status: 'ok', service: 'user-service' });
    const forged = await build().inject({ url: '/health', headers: { 'x-request-id': 'a b' } });
    expect(forged.headers['x-request-id']).not.toBe('a b');
  });

  it('is not ready while a dependency fails, and says which and why', async () => {
    const broken = {
      name: 'postgresql',
      check: () => Promise.reject(Object.assign(new Error('no entry'), { code: '28P01' })),
    };
    const well = { name: 'redis', check: async () => {} };
    const answer = await build({ dependencies: [broken, well] }).inject('/ready');
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({
      status: 'not-ready',
      checks: { postgresql: { status: 'failed', error: '28P01 no entry' }, redis: { status: 'ok' } },
    });
    expect((await build({ dependencies: [well] }).inject('/ready')).statusCode).toBe(200);
  });

  it('counts requests by route template', async () => {
    const service = build();
    await service.inject({ method: 'POST', url: '/things/7', payload: { email: 'a@b.example' } });
    const { body } = await service.inject('/metrics');
    expect(body).toMatch(
      /http_requests_total\{method="POST",route="\/things\/:id",status_code="201",service="user-service"\} 1/,
    );
    expect(body).toContain('http_request_duration_seconds_bucket');
    expect(body).toContain('process_cpu_seconds_total');
  });

  it('describes itself in OpenAPI whose references all resolve', async () => {
    const answer = await build().inject('/openapi.json');
    const document = answer.json() as { paths: object; components: { schemas: Record<string, unknown> } };
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(['/things/{id}', '/own', '/health', '/ready', '/metrics', '/openapi.json']),
    );
    const references = [...answer.body.matchAll(/"\$ref":"([^"]+)"/g)].map(([, target]) => target as string);
    expect(references.length).toBeGreaterThan(5);
    for (const target of references)
      expect(document.components.schemas).toHaveProperty([target.replace('#/components/schemas/', '')]);
  });

  it('refuses to start with a user route and nothing to authenticate with', () => {
    expect(() =>
      buildService(contract, {
        config: { INTERNAL_API_KEY: key },
        log: createLog({ service: 'test', level: 'silent' }),
        dependencies: [],
        handlers: {},
      }),
    ).toThrow(/own needs authenticate/);
  });
});
