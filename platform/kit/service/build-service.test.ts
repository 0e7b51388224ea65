import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { createLog } from '../observe/log.ts';
import { expectProblem } from '../testing/expect-problem.ts';
import { buildThingsService, thingsContract, thingsKey } from '../testing/things-service.ts';
import { buildService } from './build-service.ts';

let app: FastifyInstance | undefined;
function build(overrides?: Parameters<typeof buildThingsService>[0]): FastifyInstance {
  app = buildThingsService(overrides);
  return app;
}

afterEach(async () => {
  await app?.close();
  app = undefined;
});

describe('buildService', () => {
  it('distinguishes an unknown path from a wrong method and lists the allowed ones', async () => {
    const service = build();
    expectProblem(await service.inject('/nothing'), 404, 'not_found');
    const response = await service.inject({ method: 'DELETE', url: '/things/7' });
    expectProblem(response, 405, 'method_not_allowed');
    expect(response.headers.allow).toBe('POST');
    expectProblem(await service.inject('/%zz'), 400, 'malformed_request');
  });

  it('sets the headers of every response on what its router rejects', async () => {
    const { headers } = await build().inject('/%zz');
    expect(headers).toMatchObject({
      'x-served-by': 'user-service',
      'x-request-id': expect.any(String),
      'x-content-type-options': 'nosniff',
      'strict-transport-security': expect.stringContaining('max-age='),
    });
  });

  it('hides the cause of an unexpected error', async () => {
    const service = build({
      handlers: {
        own: async () => {
          throw new Error('select secret from users');
        },
      },
    });
    const response = await service.inject({ url: '/own', headers: { authorization: 'Bearer good' } });
    expectProblem(response, 500, 'internal');
    expect(response.body).not.toContain('secret');
  });

  it('names itself, keeps a valid request id and continues the caller’s trace', async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const response = await build().inject({
      url: '/health',
      headers: { 'x-request-id': 'request-0001', traceparent: `00-${trace}-00f067aa0ba902b7-01` },
    });
    expect(response.headers).toMatchObject({
      'x-served-by': 'user-service',
      'x-request-id': 'request-0001',
      'x-trace-id': trace,
      'x-content-type-options': 'nosniff',
    });
    expect(response.headers['x-powered-by']).toBeUndefined();
    expect(response.json()).toMatchObject({ status: 'ok', service: 'user-service' });
    const forged = await build().inject({ url: '/health', headers: { 'x-request-id': 'a b' } });
    expect(forged.headers['x-request-id']).not.toBe('a b');
  });

  it('is not ready while a dependency fails, and reports which and why', async () => {
    const broken = {
      name: 'postgresql',
      check: () => Promise.reject(Object.assign(new Error('no entry'), { code: '28P01' })),
    };
    const working = { name: 'redis', check: async () => {} };
    const response = await build({ dependencies: [broken, working] }).inject('/ready');
    expect(response.statusCode).toBe(503);
    expect(response.json()).toMatchObject({
      status: 'not-ready',
      checks: { postgresql: { status: 'failed', error: '28P01 no entry' }, redis: { status: 'ok' } },
    });
    expect((await build({ dependencies: [working] }).inject('/ready')).statusCode).toBe(200);
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
    const response = await build().inject('/openapi.json');
    const document = response.json() as { paths: object; components: object };
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(['/things/{id}', '/own', '/health', '/ready', '/metrics', '/openapi.json']),
    );
    const references = [...response.body.matchAll(/"\$ref":"([^"]+)"/g)].map(
      ([, target]) => target as string,
    );
    expect(references.length).toBeGreaterThan(5);
    for (const target of references) expect(document).toHaveProperty(target.replace('#/', '').split('/'));
  });

  it('fails to build a user route without authenticate', () => {
    expect(() =>
      buildService(thingsContract, {
        config: { INTERNAL_API_KEY: thingsKey },
        log: createLog({ service: 'test', level: 'silent' }),
        dependencies: [],
        handlers: {},
      }),
    ).toThrow(/own needs authenticate/);
  });
});
