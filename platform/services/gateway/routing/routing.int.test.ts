import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../../contracts/catalogue.ts';
import { gatewayPath } from '../../../contracts/service.ts';
import { startTemporaryRedis, type TemporaryRedis } from '../../../kit/testing/temporary-redis.ts';
import { internalKey, mirror, type RunningGateway, startGateway } from '../testing/start-gateway.ts';

let redis: TemporaryRedis;
let gateway: RunningGateway;
let bearer: { authorization: string };

beforeAll(async () => {
  redis = await startTemporaryRedis();
  const names = catalogue.map(({ name }) => name).filter((name) => name !== 'gateway');
  gateway = await startGateway({
    redisUrl: redis.url,
    services: Object.fromEntries(names.map((name) => [name, mirror(name)])),
    env: { RATE_LIMIT_LOGIN: '1000/60', RATE_LIMIT_REGISTER: '1000/60' },
  });
  bearer = { authorization: `Bearer ${await gateway.token()}` };
});

afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  await redis?.stop();
});

const publicRoutes = catalogue
  .filter(({ name }) => name !== 'gateway')
  .flatMap((contract) =>
    Object.entries(contract.routes).flatMap(([key, route]) => {
      const path = gatewayPath(contract, route);
      return path === undefined ? [] : [{ id: `${contract.name}.${key}`, contract, route, path }];
    }),
  );

const fill = (path: string) => path.replace(/:(\w+)/g, '3f2a7a52-0000-4000-8000-000000000001');

describe('routing', () => {
  it.each(publicRoutes)('$id reaches its service, also below /api/v1', async ({ contract, route, path }) => {
    for (const target of [fill(path), fill(path).replace('/api/', '/api/v1/')]) {
      const response = await gateway.send(target, { method: route.method, headers: bearer });
      expect(response.status).toBe(200);
      expect(response.headers['x-served-by']).toBe(contract.name);
      expect(response.headers['x-gateway']).toBe('gateway');
      expect(response.json()).toMatchObject({ method: route.method, url: fill(route.path) });
    }
  });

  it('is described in one document, every route at its path', async () => {
    const { paths } = (await gateway.send('/api/v1/openapi.json')).json();
    expect(paths).toEqual((await gateway.send('/api/openapi.json')).json().paths);
    const described = (path: string, method: string) =>
      paths[path.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()] !== undefined;
    expect(
      publicRoutes.filter(({ path, route }) => !described(path, route.method)).map(({ id }) => id),
    ).toEqual([]);
  });

  it.each([
    ['/api/airtable/v0/app1/T?', { type: 'REQUEST_URI_TOO_LONG' }],
    ['/api/health?', 'uri_too_long'],
  ])('accepts a URL of 16,000 characters: %s', async (start, error) => {
    const headers = { ...bearer, 'x-filler': 'x'.repeat(12_000) };
    expect((await gateway.send(start.padEnd(16_000, 'x'), { headers })).status).toBe(200);
    const response = await gateway.send(start.padEnd(16_001, 'x'), { headers });
    expect(response.status).toBe(414);
    expect(response.json()).toMatchObject({ error });
  });

  it('passes on a table name with a slash', async () => {
    const target = '/v0/app1/Sales%2FMarketing/recA1b2C3d4E5f6G7';
    const response = await gateway.send(`/api/airtable${target}`, { headers: bearer });
    expect(response.status).toBe(200);
    expect(response.json()).toMatchObject({ url: target });
  });

  it.each([
    ['POST', '/api/mcp/'],
    ['GET', '/api/auth/me/'],
    ['GET', '/api/v1/users/me/'],
  ])('serves %s %s at the path without the slash', async (method, path) => {
    const response = await gateway.send(path, { method, headers: bearer });
    expect(response.status).toBe(200);
    expect(response.json().url).toBe(path.replace(/^\/api(\/v1)?/, '').replace(/\/$/, ''));
  });

  it('keeps the query when it removes a slash', async () => {
    for (const path of ['/api/auth/me/?a=b/', '/api/auth/me?a=b/'])
      expect((await gateway.send(path, { headers: bearer })).json().url).toBe('/auth/me?a=b/');
  });

  it('treats HEAD as GET without a body', async () => {
    const response = await gateway.send('/api/users/me', { method: 'HEAD', headers: bearer });
    expect([response.status, response.text, response.headers['x-served-by']]).toEqual([
      200,
      '',
      'user-service',
    ]);
  });

  it('forwards bodies unchanged', async () => {
    const response = await gateway.send('/api/users/me', {
      method: 'PUT',
      headers: { ...bearer, 'content-type': 'application/json' },
      body: JSON.stringify({ bio: 'Zoë ✓ \u0000 𝄞' }),
    });
    expect(JSON.parse(response.json().body)).toEqual({ bio: 'Zoë ✓ \u0000 𝄞' });
  });

  it('forwards the query and the encoded path unchanged', async () => {
    const target = '/v0/app1/My%20T%C3%A4ble?fields%5B%5D=a%2Fb&sort[0][field]=x';
    const response = await gateway.send(`/api/airtable${target}`, { headers: bearer });
    expect(response.json().url).toBe(target);
  });

  it('accepts targets in absolute form, and guards their paths in the same way', async () => {
    const send = (target: string) => gateway.send(`http://anywhere.example${target}`, { headers: bearer });
    expect((await send('/api/health')).status).toBe(200);
    const own = await send('/api/users/me?x=1');
    expect([own.status, own.json().url]).toEqual([200, '/users/me?x=1']);
    expect((await send('/api/users/../auth/login')).status).toBe(400);
    expect((await gateway.send('http://anywhere.example')).status).toBe(404);
    expect((await gateway.send('ftp://anywhere.example/api/health')).status).toBe(400);
  });

  it('responds to unknown paths and methods with the error envelope', async () => {
    const unknown = await gateway.send('/api/nothing');
    expect(unknown.status).toBe(404);
    expect(unknown.json()).toMatchObject({ error: 'not_found', request_id: unknown.headers['x-request-id'] });
    const method = await gateway.send('/api/users/me', { method: 'DELETE', headers: bearer });
    expect(method.status).toBe(405);
    expect(method.headers.allow).toContain('GET');
  });

  it.each(['/notifications', '/commands', '/api/notifications', '/api/commands'])(
    'never reaches a route of access `service`: POST %s',
    async (path) => {
      const headers = { ...bearer, 'x-internal-key': internalKey };
      const response = await gateway.send(path, { method: 'POST', headers });
      expect([404, 405]).toContain(response.status);
      expect(response.headers['x-served-by']).toBe('gateway');
    },
  );

  it.each(['/metrics', '/ready', '/health', '/openapi.json'])(
    'does not expose %s of the services',
    async (path) => {
      const response = await gateway.send(`/api/airtable${path}`, { headers: bearer });
      expect(response.status).toBe(404);
    },
  );

  it.each([
    '/api/users/../auth/login',
    '/api/users/%2e%2e/auth/login',
    '/api/users%2fme',
    '/api/users\\me',
    '//api/users/me',
    '/api//users/me',
    '/api/users/%zz',
  ])('rejects the ambiguous path %s', async (path) => {
    const response = await gateway.send(path, { headers: bearer });
    expect(response.status).toBe(400);
    expect(response.json().error).toBe('malformed_request');
  });
});

describe('access', () => {
  it('requires a token exactly where the contract does', async () => {
    for (const { route, path, contract } of publicRoutes) {
      const response = await gateway.send(fill(path), { method: route.method });
      expect([path, response.status]).toEqual([path, route.access === 'user' ? 401 : 200]);
      expect(response.headers['x-served-by']).toBe(route.access === 'user' ? 'gateway' : contract.name);
    }
  });

  it('rejects tokens that are forged, without a scheme, or in the URL', async () => {
    const token = await gateway.token();
    const forged = `${token.slice(0, -8)}AAAAAAAA`;
    const attempts = [
      gateway.send('/api/users/me', { headers: { authorization: `Bearer ${forged}` } }),
      gateway.send('/api/users/me', { headers: { authorization: token } }),
      gateway.send(`/api/users/me?access_token=${token}`),
    ];
    for (const response of await Promise.all(attempts)) {
      expect(response.status).toBe(401);
      expect(response.json().error).toBe('unauthenticated');
      expect(response.headers['www-authenticate']).toContain('Bearer');
    }
  });
});

describe('headers', () => {
  it('identify the caller by the token, not by what the client claims', async () => {
    const claims = { user_id: '3f2a7a52-0000-4000-8000-000000000002', email: 'zoë@example.com' };
    const response = await gateway.send('/api/users/me', {
      headers: {
        authorization: `Bearer ${await gateway.token(claims)}`,
        'X-User-Id': 'root',
        'X-Tenant-Id': 'other',
        'X-Internal-Key': internalKey,
        'X-Internal-Anything': '1',
        'X-Session-Id': 'other',
        Forwarded: 'for=1.2.3.4',
        'X-Real-Ip': '1.2.3.4',
        'X-Request-Id': 'chosen-by-client',
        Cookie: 'session=frontend',
        'X-Http-Method-Override': 'DELETE',
        Connection: 'close, x-user-id, x-tenant-id, x-custom',
        'X-Custom': 'named by Connection',
        'X-Kept': 'yes',
      },
    });
    const { headers, rawHeaders } = response.json();
    expect(headers['x-user-id']).toBe(claims.user_id);
    expect(headers['x-user-email']).toBe('zo%C3%AB@example.com');
    expect(headers['x-user-role']).toBe('user');
    expect(headers['x-tenant-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers['x-session-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(headers['x-request-id']).toBe(response.headers['x-request-id']);
    expect(headers['x-request-id']).not.toBe('chosen-by-client');
    expect(headers['x-kept']).toBe('yes');
    for (const dropped of [
      'x-custom',
      'x-internal-key',
      'x-internal-anything',
      'forwarded',
      'x-real-ip',
      'cookie',
    ])
      expect(headers).not.toHaveProperty(dropped);
    expect(headers).not.toHaveProperty('x-http-method-override');
    const names = rawHeaders.filter((_: string, index: number) => index % 2 === 0);
    expect(names.filter((name: string) => name.toLowerCase() === 'x-user-id')).toHaveLength(1);
  });

  it('continue the client’s trace with exactly one traceparent', async () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const response = await gateway.send('/api/users/me', {
      headers: {
        ...bearer,
        traceparent: `00-${traceId}-b7ad6b7169203331-01`,
        tracestate: 'a=1',
        baggage: 'b=2',
      },
    });
    const { rawHeaders, headers } = response.json();
    const sent = rawHeaders.filter((part: string) => part.toLowerCase() === 'traceparent');
    expect(sent).toHaveLength(1);
    expect(headers.traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    expect(headers).not.toHaveProperty('tracestate');
    expect(headers).not.toHaveProperty('baggage');
    expect(response.headers['x-trace-id']).toBe(traceId);
  });

  it('name the time of arrival, whatever the client claims', async () => {
    const before = Date.now();
    const response = await gateway.send('/api/auth/refresh', {
      method: 'POST',
      headers: { 'X-Request-Start': '1' },
      body: '{}',
    });
    const { headers } = response.json();
    expect(Number(headers['x-request-start'])).toBeGreaterThanOrEqual(before);
    expect(Number(headers['x-request-start'])).toBeLessThanOrEqual(Date.now());
  });

  it('trust a forwarded address only with the internal key', async () => {
    const seen = async (headers: Record<string, string>) =>
      (await gateway.send('/api/users/me', { headers: { ...bearer, ...headers }, from: '127.0.0.5' })).json()
        .headers['x-forwarded-for'];
    expect(await seen({ 'x-forwarded-for': '192.0.2.1' })).toBe('127.0.0.5');
    expect(await seen({ 'x-forwarded-for': '192.0.2.1', 'x-internal-key': internalKey })).toBe('192.0.2.1');
  });

  it('do not reveal the software of the services', async () => {
    const response = await gateway.send('/api/users/me', { headers: bearer });
    expect(response.headers).not.toHaveProperty('server');
    expect(response.headers).not.toHaveProperty('x-powered-by');
  });
});

describe('pages of other origins', () => {
  const preflight = (origin: string) =>
    gateway.send('/api/users/me', {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization',
      },
    });

  it('may read responses when their origin is listed', async () => {
    const allowed = await preflight('http://localhost:3000');
    expect(allowed.status).toBe(204);
    expect(allowed.headers['access-control-allow-origin']).toBe('http://localhost:3000');
    expect(allowed.headers['access-control-allow-headers']).toContain('authorization');
    const response = await gateway.send('/api/users/me', {
      headers: { ...bearer, origin: 'http://localhost:3000' },
    });
    expect(response.headers['access-control-allow-origin']).toBe('http://localhost:3000');
    expect(response.headers).not.toHaveProperty('access-control-allow-credentials');
    expect(String(response.headers['access-control-expose-headers']).split(', ')).toEqual(
      expect.arrayContaining([
        'accept-ranges',
        'allow',
        'content-disposition',
        'content-range',
        'etag',
        'location',
        'retry-after',
        'www-authenticate',
      ]),
    );
    for (const name of ['if-match', 'if-none-match', 'if-range', 'range'])
      expect(allowed.headers['access-control-allow-headers']).toContain(name);
  });

  it.each(['http://localhost:3000.evil.example', 'http://evil.example', 'null', 'https://localhost:3000'])(
    'may not read responses when their origin is %s',
    async (origin) => {
      expect((await preflight(origin)).headers).not.toHaveProperty('access-control-allow-origin');
      const response = await gateway.send('/api/users/me', { headers: { ...bearer, origin } });
      expect(response.headers).not.toHaveProperty('access-control-allow-origin');
      expect(response.headers.vary).toContain('origin');
    },
  );
});

describe('errors below Airtable’s API', () => {
  const list = '/api/airtable/v0/appA1b2C3d4E5f6G7/People';

  it.each([
    ['no token', list, { method: 'GET' }, 401],
    ['a path that no route matches', '/api/airtable/v0/a/b/c/d/e/f/g', { method: 'GET' }, 404],
    ['a method that no route has', '/api/v1/airtable/v0/a/b/c/comments', { method: 'PUT' }, 405],
  ] as const)('have Airtable’s format for %s', async (_what, target, options, status) => {
    const response = await gateway.send(target, options);
    expect(response.status).toBe(status);
    const body = response.json();
    expect(Object.keys(body)).toEqual(['error']);
    if (status === 404) expect(body.error).toBe('NOT_FOUND');
    else expect(body.error).toEqual({ type: expect.any(String), message: expect.any(String) });
  });

  it('keep the envelope outside of it', async () => {
    expect((await gateway.send('/api/airtable/bases')).json()).toMatchObject({ error: 'unauthenticated' });
  });
});
