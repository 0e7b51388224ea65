import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { holdAirtable } from './testing/held-airtable.ts';
import { type RunningMcpServer, startMcpServer } from './testing/start-mcp-server.ts';

let server: RunningMcpServer;
beforeAll(async () => {
  server = await startMcpServer(holdAirtable().airtable);
});
afterAll(() => server[Symbol.asyncDispose]());

const request = (method: string, id: number, params?: object) => ({ jsonrpc: '2.0', id, method, params });
const ping = (id: number) => request('ping', id);
const initialize = (id: number, params?: object) => request('initialize', id, params);
const notification = { jsonrpc: '2.0', method: 'notifications/initialized' };
const call = (id: number, name: unknown) => request('tools/call', id, { name });

/** Ids of the responses with the codes of their errors, in any order. */
async function outcome(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === '') return [response.status];
  const body = JSON.parse(text) as { id: unknown; error?: { code: number } }[] | { error: { code: number } };
  if (!Array.isArray(body)) return [response.status, body.error?.code];
  const codes = body.map(({ id, error }) => [id, error?.code ?? 'result']);
  return [response.status, Object.fromEntries(codes)];
}

describe.each(['/mcp', '/rpc'])('a batch at %s', (path) => {
  it.each([
    ['without messages', [], [400, -32_600]],
    ['of 51 messages', Array.from({ length: 51 }, (_, id) => ping(id)), [400, -32_600]],
    ['with a number', [ping(1), 1], [400, -32_600]],
    ['with a message without a method', [ping(1), { jsonrpc: '2.0', id: 2 }], [400, -32_600]],
    ['with two requests of the same id', [ping(1), ping(1)], [400, -32_600]],
    ['of one request', [ping(1)], [200, { 1: 'result' }]],
    [
      'of requests and notifications',
      [notification, ping(1), notification, ping(2)],
      [200, { 1: 'result', 2: 'result' }],
    ],
    ['of notifications', [notification, notification], [202]],
    ['with invalid parameters', [call(1, 5), ping(2)], [200, { 1: -32_602, 2: 'result' }]],
    ['with an unknown tool', [call(1, 'drop_table'), ping(2)], [200, { 1: -32_602, 2: 'result' }]],
    ['with an unknown method', [request('nothing', 1), ping(2)], [200, { 1: -32_601, 2: 'result' }]],
  ])('%s', async (_name, body, expected) => {
    expect(await outcome(await server.post(path, body))).toEqual(expected);
  });

  it.each([
    ['text'],
    [5],
    [null],
    [{ jsonrpc: '1.0', id: 1, method: 'ping' }],
    [{ jsonrpc: '2.0', id: {}, method: 'ping' }],
  ])('rejects the body %j as no message', async (body) => {
    expect(await outcome(await server.post(path, body))).toEqual([400, -32_600]);
  });
});

describe('initialize in a batch', () => {
  const valid = {
    protocolVersion: '2025-03-26',
    capabilities: {},
    clientInfo: { name: 'test', version: '1' },
  };

  it.each([
    ['alone', [initialize(1, valid)], [200, { 1: 'result' }]],
    ['without parameters', [initialize(1)], [200, { 1: -32_602 }]],
    ['beside a ping', [initialize(1, valid), ping(2)], [400, -32_600]],
    ['without parameters beside a ping', [initialize(1), ping(2)], [400, -32_600]],
    ['twice', [initialize(1, valid), initialize(2, valid)], [400, -32_600]],
  ])('%s', async (_name, body, expected) => {
    expect(await outcome(await server.post('/mcp', body))).toEqual(expected);
  });

  it('has the same code in an event stream, without a schema', async () => {
    const response = await server.post('/mcp', initialize(1), { accept: 'text/event-stream' });
    const text = await response.text();
    expect(text).toContain('"code":-32602');
    expect(text).not.toContain('\\n');
  });

  it('is an unknown method in revision 2026-07-28', async () => {
    const headers = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'initialize' };
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const response = await server.post('/mcp', initialize(1, { _meta }), headers);
    expect(await outcome(response)).toEqual([404, -32_601]);
  });
});
