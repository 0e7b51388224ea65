import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HeldAirtable, holdAirtable } from './testing/held-airtable.ts';
import { type RunningMcpServer, startMcpServer } from './testing/start-mcp-server.ts';

let held: HeldAirtable;
let server: RunningMcpServer;
beforeAll(async () => {
  held = holdAirtable();
  server = await startMcpServer(held.airtable);
});
afterAll(() => server[Symbol.asyncDispose]());

const callOf = (id: number) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name: 'list_tables', arguments: { base_id: 'app1' } },
});
const cancellationOf = (requestId: number) => ({
  jsonrpc: '2.0',
  method: 'notifications/cancelled',
  params: { requestId },
});
const cancelled = { isError: true, content: [{ text: 'The call was cancelled.' }] };

describe('a cancellation', () => {
  const session = { 'mcp-session-id': 'of-this-client' };

  it.each([
    ['with a session id', 7, session, [{ 'mcp-session-id': 'of-another' }, {}]],
    ['without a session id', 8, {}, [session]],
  ])('ends a call of the same client and no other, %s', async (_name, id, own, otherClients) => {
    const arrived = held.nextRequest();
    const call = server.post('/mcp', callOf(id), own);
    const signal = await arrived;
    const foreign = [
      ...otherClients,
      { ...own, authorization: 'Bearer bob' },
      { ...own, authorization: 'Bearer ada-elsewhere' },
    ];
    for (const headers of foreign) {
      expect((await server.post('/mcp', cancellationOf(id), headers as Record<string, string>)).status).toBe(
        202,
      );
      expect(signal.aborted).toBe(false);
    }
    expect((await server.post('/mcp', cancellationOf(id), own)).status).toBe(202);
    expect(await (await call).json()).toMatchObject({ id, result: cancelled });
    expect(signal.aborted).toBe(true);
  });

  it('ends neither of two calls that share an id', async () => {
    const signals: AbortSignal[] = [];
    const aborts = [new AbortController(), new AbortController()];
    const calls = [];
    for (const { signal } of aborts) {
      const arrived = held.nextRequest();
      calls.push(server.post('/mcp', callOf(9), {}, signal).catch(() => undefined));
      signals.push(await arrived);
    }
    await server.post('/mcp', cancellationOf(9));
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
    for (const abort of aborts) abort.abort();
    await Promise.all(calls);
  });

  it('ends a call of its own batch, which still gets a response', async () => {
    const response = await server.post('/mcp', [callOf(10), cancellationOf(10)]);
    expect(await response.json()).toMatchObject([{ id: 10, result: cancelled }]);
  });

  it('of a call that has ended does nothing', async () => {
    expect((await server.post('/mcp', cancellationOf(404))).status).toBe(202);
  });
});

it.each(['/mcp', '/rpc', '/tools/call'])('a lost connection ends the call on %s', async (path) => {
  const arrived = held.nextRequest();
  const abort = new AbortController();
  const body = path === '/tools/call' ? callOf(1).params : callOf(1);
  const call = server.post(path, body, {}, abort.signal).catch(() => 'disconnected');
  const signal = await arrived;
  const ended = once(signal, 'abort');
  abort.abort();
  expect(await call).toBe('disconnected');
  await ended;
  expect(signal.aborted).toBe(true);
});
