import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { PeerProblem } from '../peers/peer-problem.ts';
import { expectProblem } from '../testing/expect-problem.ts';
import { buildThingsService, thingsCaller, thingsKey } from '../testing/things-service.ts';
import { problem } from './problem.ts';

let app: FastifyInstance | undefined;
function build(overrides?: Parameters<typeof buildThingsService>[0]): FastifyInstance {
  app = buildThingsService(overrides);
  return app;
}

afterEach(async () => {
  await app?.close();
  app = undefined;
});

describe('a route of a contract', () => {
  it('parses params, query and body, and drops undeclared fields of the response', async () => {
    const response = await build().inject({
      method: 'POST',
      url: '/things/7?dry=yes',
      payload: { email: 'a@b.example' },
    });
    expect(response.statusCode).toBe(201);
    expect(response.json()).toEqual({ id: 7, dry: 'yes' });
  });

  it('names the path of a missing field as FastAPI clients expect it', async () => {
    const response = await build().inject({ method: 'POST', url: '/things/7', payload: { username: 'x' } });
    const body = expectProblem(response, 422, 'validation_failed');
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
  ] as const)('rejects %s', async (_what, request, status, code) => {
    expectProblem(await build().inject({ method: 'POST', url: '/things/7', ...request }), status, code);
  });

  it('rejects a value nested a hundred thousand levels deep with 422', async () => {
    const payload = `{"value":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    const response = await build().inject({
      method: 'POST',
      url: '/tree',
      payload,
      headers: { 'content-type': 'application/json' },
    });
    expectProblem(response, 422, 'validation_failed');
  });

  it('names the text with an unpaired surrogate', async () => {
    const response = await build().inject({
      method: 'POST',
      url: '/tree',
      headers: { 'content-type': 'application/json' },
      payload: String.raw`{"value": ["fine", {"name": "\ud800"}]}`,
    });
    const { details } = expectProblem(response, 422, 'validation_failed');
    expect(details?.[0]?.loc).toEqual(['body', 'value', 1, 'name']);
  });

  it('accepts only the declared content type of the route', async () => {
    const upload = (type: string) =>
      build().inject({ method: 'POST', url: '/upload', headers: { 'content-type': type }, payload: '{}' });
    expectProblem(await upload('application/json'), 415, 'unsupported_media_type');
    expect((await upload('Multipart/Form-Data; boundary=b')).statusCode).toBe(204);
  });

  it('allows a user route only with a valid token', async () => {
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
    const response = await service.inject({ url: '/own', headers: { authorization: 'Bearer good' } });
    expect(response.json()).toEqual({ id: thingsCaller.user_id });
  });

  it('lets a service limit tokens before the handler runs', async () => {
    const service = build({
      authorize: ({ path }, { caller }) => {
        if (path === '/own' && caller === thingsCaller) throw problem('forbidden');
      },
    });
    const headers = { authorization: 'Bearer good' };
    expectProblem(await service.inject({ url: '/own', headers }), 403, 'forbidden');
    expect((await service.inject('/stream')).statusCode).toBe(200);
  });

  it('allows a service route only with the internal key', async () => {
    const service = build();
    expectProblem(await service.inject({ method: 'DELETE', url: '/inner' }), 403, 'forbidden');
    const wrong = { 'x-internal-key': 'K'.repeat(32) };
    expectProblem(
      await service.inject({ method: 'DELETE', url: '/inner', headers: wrong }),
      403,
      'forbidden',
    );
    const response = await service.inject({
      method: 'DELETE',
      url: '/inner',
      headers: { 'x-internal-key': thingsKey },
    });
    expect(response.statusCode).toBe(204);
  });

  it('responds with 501 for a route without a handler', async () => {
    expectProblem(await build().inject('/unbuilt'), 501, 'not_implemented');
  });

  it('streams a response without schema in the declared content type', async () => {
    const response = await build().inject('/stream');
    expect(response.headers['content-type']).toContain('text/csv');
    expect(response.body).toBe('a,b\n1,2\n');
  });

  it('responds with 500 when the handler violates the contract', async () => {
    const service = build({ handlers: { own: async () => ({ id: 'not a uuid' }) } });
    const response = await service.inject({ url: '/own', headers: { authorization: 'Bearer good' } });
    expectProblem(response, 500, 'internal');
  });

  it('forwards a peer’s 4xx problem and turns a peer’s failure into 502', async () => {
    const notFound = new PeerProblem({
      peer: 'x',
      status: 404,
      problem: { error: 'not_found', message: 'gone', timestamp: new Date().toISOString(), request_id: 'r' },
    });
    const headers = { authorization: 'Bearer good' };
    const one = build({ handlers: { own: () => Promise.reject(notFound) } });
    expectProblem(await one.inject({ url: '/own', headers }), 404, 'not_found');
    const two = build({ handlers: { own: () => Promise.reject(new PeerProblem({ peer: 'x' })) } });
    expectProblem(await two.inject({ url: '/own', headers }), 502, 'bad_gateway');
  });
});
