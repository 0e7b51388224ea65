import { request } from 'node:http';
import { json } from 'node:stream/consumers';
import { discoverOAuthProtectedResourceMetadata } from '@modelcontextprotocol/sdk/client/auth.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { holdAirtable } from './testing/held-airtable.ts';
import { type RunningMcpServer, startMcpServer } from './testing/start-mcp-server.ts';

let server: RunningMcpServer;
beforeAll(async () => {
  server = await startMcpServer(holdAirtable().airtable);
});
afterAll(() => server[Symbol.asyncDispose]());

const path = '/.well-known/oauth-protected-resource';

/** GET with any `Host`, which fetch does not allow. */
async function get(target: string, headers: Record<string, string> = {}) {
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    request(new URL(target, server.url), { headers, agent: false }, resolve).on('error', reject).end();
  });
  return { status: response.statusCode, headers: response.headers, body: await json(response) };
}

it('has metadata of itself and of the protocol endpoint', async () => {
  for (const resource of ['', '/mcp']) {
    const { status, headers, body } = await get(path + resource);
    expect(status).toBe(200);
    expect(headers['access-control-allow-origin']).toBe('*');
    expect(body).toEqual({
      resource: server.url + resource,
      resource_name: expect.any(String),
      scopes_supported: [
        'data.records:read',
        'data.records:write',
        'schema.bases:read',
        'schema.bases:write',
      ],
      bearer_methods_supported: ['header'],
      resource_documentation: `${server.url}/openapi.json`,
    });
  }
});

it.each([{}, { authorization: 'Bearer unknown' }, { authorization: 'Basic eDp5' }])(
  'names the metadata in the 401 of a request with %j',
  async (headers) => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
    const type = { 'content-type': 'application/json' };
    const response = await fetch(`${server.url}/mcp`, {
      method: 'POST',
      headers: { ...headers, ...type },
      body,
    });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toContain(
      `resource_metadata="${server.url}${path}/mcp"`,
    );
  },
);

const call = (id: number, name: string) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name, arguments: { base_id: 'app1', table_id: 'T', query: 'x' } },
});

it('names the scopes of a tool in the 403 of a token that lacks one', async () => {
  const response = await server.post('/mcp', call(1, 'search_records'), { authorization: 'Bearer reader' });
  expect(response.status).toBe(403);
  expect(response.headers.get('www-authenticate')).toBe(
    `Bearer error="insufficient_scope", scope="schema.bases:read data.records:read", resource_metadata="${server.url}${path}/mcp"`,
  );
  expect(await response.json()).toMatchObject({
    error: 'forbidden',
    message: 'The token needs the scopes of search_records: schema.bases:read, data.records:read.',
  });
});

it.each([
  ['a call whose scopes it has', { authorization: 'Bearer reader' }, call(1, 'get_records')],
  ['an unknown tool', { authorization: 'Bearer reader' }, call(1, 'drop_table')],
  ['a batch', { authorization: 'Bearer reader' }, [call(1, 'list_bases')]],
  ['a call with a token of a session', {}, call(1, 'list_bases')],
])('responds with 200 to %s', async (_what, headers, body) => {
  expect((await server.post('/mcp', body, headers)).status).toBe(200);
});

it('lets a client of the MCP SDK find the metadata', async () => {
  const found = await discoverOAuthProtectedResourceMetadata(`${server.url}/mcp`);
  expect(found).toMatchObject({ resource: `${server.url}/mcp`, bearer_methods_supported: ['header'] });
  expect(found.authorization_servers).toBeUndefined();
});

it.each([{ host: 'evil.example' }, { 'x-forwarded-for': '10.0.0.1' }])(
  'names no address for %j',
  async (headers) => {
    const metadata = await get(`${path}/mcp`, headers);
    expect(metadata.status).toBe(404);
    expect(metadata.body).toMatchObject({
      error: 'not_found',
      message: expect.stringContaining('PUBLIC_URL'),
    });
  },
);

it('has no metadata of other paths', async () => {
  for (const resource of ['/rpc', '/tools', '/mcp/x']) expect((await get(path + resource)).status).toBe(404);
});
