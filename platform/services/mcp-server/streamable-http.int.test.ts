import {
  Client as ModernClient,
  StreamableHTTPClientTransport as ModernTransport,
} from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toolNames } from '../../contracts/mcp-server/contract.ts';
import type { Airtable } from './airtable.ts';
import { type RunningMcpServer, startMcpServer } from './testing/start-mcp-server.ts';

/** Called when a list request arrives; it ends when the returned promise does. */
const onList: (signal: AbortSignal) => Promise<void> = async () => {};

/** An Airtable gateway with one table of 250 records in pages of 100. */
const airtable = {
  listTables: async () => ({
    tables: [
      {
        id: 'tbl1',
        name: 'People',
        fields: [{ id: 'fld1', name: 'Name', type: 'singleLineText' }],
        views: [],
      },
    ],
  }),
  async listRecordsByPost({ body }: { body: { offset?: string } }, { signal }: { signal: AbortSignal }) {
    await onList(signal);
    const start = Number(body.offset ?? 0);
    const count = Math.min(100, 250 - start);
    return {
      records: Array.from({ length: count }, (_, index) => ({
        id: `rec${start + index}`,
        fields: { Name: 'x' },
      })),
      ...(start + count < 250 ? { offset: String(start + count) } : {}),
    };
  },
} as unknown as Airtable;

let server: RunningMcpServer;
beforeAll(async () => {
  server = await startMcpServer(airtable);
});
afterAll(() => server[Symbol.asyncDispose]());

const exportCall = {
  name: 'export_table_csv',
  arguments: { base_id: 'app1', table_id: 'People' },
};
const message = (method: string, params?: object, id = 1) => ({
  jsonrpc: '2.0',
  id,
  method,
  ...(params ? { params } : {}),
});
const initialize = message('initialize', {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'test', version: '1' },
});
const requestInit = { headers: { authorization: 'Bearer ada' } };

async function connected(): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  const transport = new StreamableHTTPClientTransport(new URL('/mcp', server.url), { requestInit });
  await client.connect(transport as Parameters<Client['connect']>[0]);
  return client;
}

describe('revisions', () => {
  it('serves a client of revision 2026-07-28', async () => {
    const client = new ModernClient(
      { name: 'test', version: '1' },
      { versionNegotiation: { mode: { pin: '2026-07-28' } } },
    );
    await client.connect(new ModernTransport(new URL('/mcp', server.url), { requestInit }));
    const seen: number[] = [];
    const result = await client.callTool(exportCall, { onprogress: ({ progress }) => seen.push(progress) });
    expect(client.getNegotiatedProtocolVersion()).toBe('2026-07-28');
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual([...toolNames]);
    expect(result.structuredContent).toMatchObject({ rows: 250, complete: true });
    expect(seen).toEqual([100, 200, 250]);
    await client.close();
  });

  it('serves a client that begins with initialize', async () => {
    const client = await connected();
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([...toolNames]);
    expect(tools.filter(({ outputSchema }) => outputSchema?.type !== 'object')).toEqual([]);
    await client.close();
  });
});

describe('long calls', () => {
  it('reports progress to clients that ask for it', async () => {
    const client = await connected();
    const seen: number[] = [];
    await client.callTool(exportCall, undefined, { onprogress: ({ progress }) => seen.push(progress) });
    expect(seen).toEqual([100, 200, 250]);
    await client.close();
  });

  it('gives each client its own session id', async () => {
    const [first, second] = await Promise.all([
      server.post('/mcp', initialize),
      server.post('/mcp', initialize),
    ]);
    expect(first.headers.get('mcp-session-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(second.headers.get('mcp-session-id')).not.toBe(first.headers.get('mcp-session-id'));
  });
});

describe('requests', () => {
  it.each(['GET', 'DELETE', 'PUT', 'PATCH'])('responds to %s with the method that it has', async (method) => {
    const response = await fetch(`${server.url}/mcp`, { method, headers: requestInit.headers });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
  });

  it.each([
    ['*/*', 'application/json'],
    ['application/json', 'application/json'],
    ['text/html, */*;q=0.8', 'application/json'],
    ['text/event-stream', 'text/event-stream'],
    ['application/json, text/event-stream', 'application/json'],
  ])('responds to Accept: %s with %s', async (accept, type) => {
    const response = await server.post('/mcp', initialize, { accept });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain(type);
    expect(await response.text()).toContain('pyairtable-mcp');
  });

  it('rejects a client that accepts neither framing', async () => {
    expect((await server.post('/mcp', initialize, { accept: 'text/html' })).status).toBe(406);
  });

  it.each(['/mcp', '/rpc', '/tools/call'])('rejects %s from a page of another origin', async (path) => {
    for (const origin of ['http://evil.example', 'null']) {
      const response = await server.post(path, initialize, { origin });
      expect(response.status).toBe(403);
      expect(await response.json()).toMatchObject({ error: 'forbidden' });
    }
  });

  it('accepts pages on the user’s own machine', async () => {
    expect((await server.post('/mcp', initialize, { origin: 'http://localhost:3000' })).status).toBe(200);
  });

  it.each([
    ['initialize', undefined],
    ['initialize', { protocolVersion: 1 }],
    ['tools/call', undefined],
    ['tools/call', { name: 5 }],
    ['tools/call', { name: 'list_tables', arguments: [] }],
    ['tools/list', { cursor: 5 }],
  ])('rejects %s with the parameters %j as invalid, in one sentence', async (method, params) => {
    for (const path of ['/mcp', '/rpc']) {
      if (path === '/rpc' && method !== 'tools/call') continue;
      const response = await server.post(path, message(method, params as object | undefined));
      const { error, id } = (await response.json()) as {
        id: number;
        error: { code: number; message: string };
      };
      expect([path, id, error.code]).toEqual([path, 1, -32_602]);
      expect(error.message).not.toMatch(/[{\n]/);
    }
  });

  it('names an unknown tool without a prefix of its own', async () => {
    const response = await server.post('/mcp', message('tools/call', { name: 'drop_table' }));
    const { error } = (await response.json()) as { error: { code: number; message: string } };
    expect(error.code).toBe(-32_602);
    expect(error.message).toMatch(/^There is no tool "drop_table"/);
    const client = await connected();
    const failure = await client.callTool({ name: 'drop_table' }).catch((thrown: Error) => thrown.message);
    expect(String(failure).match(/MCP error -32602/g)).toHaveLength(1);
    await client.close();
  });

  it.each(['/mcp', '/rpc'])('accepts a notification at %s without a body', async (path) => {
    const response = await server.post(path, { jsonrpc: '2.0', method: 'notifications/initialized' });
    expect(response.status).toBe(202);
    expect(await response.text()).toBe('');
  });

  it.each(['/mcp/', '/tools/', '/rpc/'])('serves %s like the path without the slash', async (path) => {
    const method = path === '/tools/' ? 'GET' : 'POST';
    const body = method === 'POST' ? { body: JSON.stringify(message('ping')) } : {};
    const headers = {
      ...requestInit.headers,
      ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
    };
    expect((await fetch(server.url + path, { method, headers, ...body })).status).toBe(200);
  });
});
