import { afterAll, beforeAll, expect, it } from 'vitest';
import { scopesOfTools } from '../../../contracts/mcp-server/tool-scopes.ts';
import { TokenScope } from '../../../contracts/token-scope.ts';
import { startTemporaryRedis, type TemporaryRedis } from '../../../kit/testing/temporary-redis.ts';
import { type RunningGateway, startGateway } from '../testing/start-gateway.ts';

let redis: TemporaryRedis;
let gateway: RunningGateway;
let configured: RunningGateway;

beforeAll(async () => {
  redis = await startTemporaryRedis();
  const services = {
    // The session ended after the gateway had checked its token.
    'mcp-server': (request, response) => {
      if (request.headers['x-missing-scope'] !== undefined) {
        response.setHeader(
          'www-authenticate',
          'Bearer error="insufficient_scope", scope="data.records:read"',
        );
        response.writeHead(403).end();
        return;
      }
      response.setHeader('www-authenticate', 'Bearer error="invalid_token"');
      response.writeHead(401).end();
    },
  } satisfies Parameters<typeof startGateway>[0]['services'];
  gateway = await startGateway({ redisUrl: redis.url, services });
  configured = await startGateway({
    redisUrl: redis.url,
    services,
    env: { PUBLIC_URL: 'https://platform.example.com/' },
  });
});

afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
  await configured?.[Symbol.asyncDispose]();
  await redis?.stop();
});

const path = '/.well-known/oauth-protected-resource';

it.each([
  ['', TokenScope.options],
  ['/api/mcp', scopesOfTools],
  ['/api/v1/mcp', scopesOfTools],
])('has metadata of the resource "%s"', async (resource, scopes) => {
  const response = await gateway.send(path + resource);
  expect(response.status).toBe(200);
  expect(response.headers['access-control-allow-origin']).toBe('*');
  expect(response.json()).toEqual({
    resource: gateway.url + resource,
    resource_name: expect.any(String),
    scopes_supported: scopes,
    bearer_methods_supported: ['header'],
    resource_documentation: `${gateway.url}/api/openapi.json`,
  });
  expect((await configured.send(path + resource)).json()).toMatchObject({
    resource: `https://platform.example.com${resource}`,
  });
});

it.each(['/api/mcp', '/api/v1/mcp'])('names the metadata in every 401 of %s', async (target) => {
  const expected = (url: string) => `resource_metadata="${url}${path}${target}"`;
  const valid = await gateway.token();
  for (const headers of [{}, { authorization: 'Bearer x' }, { authorization: `Bearer ${valid}` }]) {
    const { status, headers: received } = await gateway.send(target, { method: 'POST', headers });
    expect(status).toBe(401);
    expect(received['www-authenticate']).toContain(expected(gateway.url));
  }
  const response = await configured.send(target, { method: 'POST', headers: { host: 'evil.example' } });
  expect(response.headers['www-authenticate']).toBe(`Bearer ${expected('https://platform.example.com')}`);
});

it('names the metadata and the scope in the 403 of a token that lacks it', async () => {
  const headers = { authorization: `Bearer ${await gateway.token()}`, 'x-missing-scope': 'yes' };
  const { status, headers: received } = await gateway.send('/api/mcp', { method: 'POST', headers });
  expect(status).toBe(403);
  expect(received['www-authenticate']).toBe(
    `Bearer error="insufficient_scope", scope="data.records:read", resource_metadata="${gateway.url}${path}/api/mcp"`,
  );
});

it.each([{ host: 'evil.example' }, { 'x-forwarded-for': '10.0.0.1' }, { forwarded: 'host=evil.example' }])(
  'takes no address from %j',
  async (headers) => {
    expect((await gateway.send(`${path}/api/mcp`, { headers })).status).toBe(404);
    const { headers: received } = await gateway.send('/api/mcp', { method: 'POST', headers });
    expect(received['www-authenticate']).toBe('Bearer');
  },
);

it('ignores a forwarded host', async () => {
  const headers = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };
  expect((await gateway.send(`${path}/api/mcp`, { headers })).json().resource).toBe(`${gateway.url}/api/mcp`);
});

it.each(['/api/mcp/rpc', '/api/mcp/tools/call', '/api/users/me'])(
  'leaves the challenge of %s as it is',
  async (target) => {
    const method = target.startsWith('/api/mcp') ? 'POST' : 'GET';
    expect((await gateway.send(target, { method })).headers['www-authenticate']).toBe('Bearer');
  },
);

it('lets allowed pages send the headers of every protocol revision', async () => {
  const { headers } = await gateway.send(`${path}/api/mcp`, {
    method: 'OPTIONS',
    headers: {
      origin: 'http://localhost:3000',
      'access-control-request-method': 'GET',
      'access-control-request-headers': 'mcp-protocol-version',
    },
  });
  const allowed = String(headers['access-control-allow-headers']).split(', ');
  expect(allowed).toEqual(expect.arrayContaining(['mcp-method', 'mcp-name', 'mcp-protocol-version']));
});
