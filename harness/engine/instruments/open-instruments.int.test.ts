import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { MissingCapability } from '../failures/missing-capability.ts';
import { ProductFailure } from '../failures/product-failure.ts';
import { ProductUnreachable } from '../failures/product-unreachable.ts';
import { UnexpectedResponse } from '../failures/unexpected-response.ts';
import { checkNamed, instrumentsAt, stackOf } from './testing/instruments-at.ts';
import { MemoryEvidence } from './testing/memory-evidence.ts';
import { tinyServer } from './testing/tiny-server.ts';

const signal = new AbortController().signal;
const tmpDir = tmpdir();

describe('HTTP of a check', () => {
  it('sends the path unchanged, with the trace of the check and its own address', async () => {
    await using server = await tinyServer((request, response) => {
      response.setHeader('content-type', 'application/json');
      response.setHeader('set-cookie', ['a=1', 'b=2']);
      response.end(
        JSON.stringify({ path: request.url, headers: request.headers, from: request.socket.remoteAddress }),
      );
    });
    await using instruments = instrumentsAt(stackOf({ gateway: server.url }), { tmpDir });
    const evidence = new MemoryEvidence();
    const opened = await instruments.forCheck({ check: checkNamed('api.x'), signal, evidence });
    const first = await opened.context.http.request('gateway', '/api/../a%2e//b?x=1', { token: 'tok' });
    const second = await opened.context.http.request('gateway', '/', { from: '127.9.9.9' });
    await opened[Symbol.asyncDispose]();
    expect(first.json).toMatchObject({
      path: '/api/../a%2e//b?x=1',
      headers: { authorization: 'Bearer tok' },
    });
    expect(first.headers['set-cookie']).toBe('a=1\nb=2');
    expect((first.json as { from: string }).from).toMatch(/^127\.(?!0\.0\.1$)/);
    expect(second.json).toMatchObject({ from: '127.9.9.9', headers: { connection: 'close' } });
    const { traceId, exchanges } = JSON.parse(evidence.text('exchanges.json'));
    expect(opened.traceIds).toEqual([traceId]);
    expect((first.json as { headers: { traceparent: string } }).headers.traceparent).toContain(traceId);
    expect(exchanges).toHaveLength(2);
    expect(evidence.text('exchanges.json')).not.toContain('Bearer tok');
  });

  it('reads one mebibyte of an endless response and disconnects', async () => {
    await using server = await tinyServer((_request, response) => {
      const more = (): void => {
        while (response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      more();
    });
    await using instruments = instrumentsAt(stackOf({ gateway: server.url }), { tmpDir });
    await using opened = await instruments.forCheck({
      check: checkNamed('api.x'),
      signal,
      evidence: new MemoryEvidence(),
    });
    const response = await opened.context.http.request('gateway', '/');
    expect(response.text.length).toBe(1_048_576);
    expect(response.truncated).toBe(true);
  });

  it('reads only the headers of an event stream with headersOnly', async () => {
    await using server = await tinyServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    });
    await using instruments = instrumentsAt(stackOf({ gateway: server.url }), { tmpDir });
    await using opened = await instruments.forCheck({
      check: checkNamed('api.x'),
      signal,
      evidence: new MemoryEvidence(),
    });
    const response = await opened.context.http.request('gateway', '/', { headersOnly: true });
    expect(response).toMatchObject({
      status: 200,
      text: '',
      headers: { 'content-type': 'text/event-stream' },
    });
  });

  it.each([
    ['refuses connections', undefined, 'ECONNREFUSED'],
    ['closes connections', (response: { destroy(): void }) => response.destroy(), 'UND_ERR_SOCKET'],
    ['does not respond', () => undefined, 'UND_ERR_HEADERS_TIMEOUT'],
  ] as const)('reports a product failure when a service %s', async (_what, behave, code) => {
    await using server = await tinyServer((_request, response) => behave?.(response));
    await using instruments = instrumentsAt(stackOf(behave ? { gateway: server.url } : {}), { tmpDir });
    const evidence = new MemoryEvidence();
    const opened = await instruments.forCheck({ check: checkNamed('api.x'), signal, evidence });
    const sending = opened.context.http.request('gateway', '/a', { timeoutMs: 300 });
    await expect(sending).rejects.toThrow(ProductFailure);
    await expect(sending).rejects.toMatchObject({ code, address: expect.stringContaining('gateway at') });
    await opened[Symbol.asyncDispose]();
    expect(evidence.text('exchanges.json')).toContain(code);
  });

  it('ends at once when the check is aborted', async () => {
    await using server = await tinyServer(() => undefined);
    await using instruments = instrumentsAt(stackOf({ gateway: server.url }), { tmpDir });
    const stop = new AbortController();
    await using opened = await instruments.forCheck({
      check: checkNamed('api.x'),
      signal: stop.signal,
      evidence: new MemoryEvidence(),
    });
    const sending = opened.context.http.request('gateway', '/');
    const reason = new Error('stop');
    stop.abort(reason);
    await expect(sending).rejects.toBe(reason);
  });
});

describe('accounts', () => {
  const user = { id: randomUUID(), tenant_id: randomUUID() };

  it('register through the gateway, each with its own email and address', async () => {
    const received: { from: string | undefined; body: { email: string } }[] = [];
    await using server = await tinyServer((request, response, body) => {
      received.push({ from: request.socket.remoteAddress, body: JSON.parse(body) });
      response.writeHead(201, { 'content-type': 'application/json' });
      const { email } = JSON.parse(body);
      response.end(JSON.stringify({ access_token: 'a', refresh_token: 'r', user: { ...user, email } }));
    });
    await using instruments = instrumentsAt(stackOf({ gateway: server.url }), { tmpDir });
    const evidence = new MemoryEvidence();
    const opened = await instruments.forCheck({ check: checkNamed('auth.x'), signal, evidence });
    const [one, two] = await Promise.all([opened.context.account(), opened.context.account()]);
    await opened[Symbol.asyncDispose]();
    expect(one.email).not.toBe(two.email);
    expect(new Set(received.map(({ from }) => from)).size).toBe(2);
    expect(received.map(({ from }) => from)).toContain(one.address);
    expect(evidence.text('exchanges.json')).not.toContain(one.password);
  });

  it.each([
    [500, 'Internal Server Error'],
    [201, '{}'],
    [201, JSON.stringify({ access_token: 'a', refresh_token: 'r', user: { ...user, email: 'other@x.y' } })],
  ])('are a product failure when registration responds with %i %s', async (status, text) => {
    await using server = await tinyServer((_request, response) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(text);
    });
    await using instruments = instrumentsAt(stackOf({ gateway: server.url }), { tmpDir });
    await using opened = await instruments.forCheck({
      check: checkNamed('auth.x'),
      signal,
      evidence: new MemoryEvidence(),
    });
    await expect(opened.context.account()).rejects.toThrow(UnexpectedResponse);
  });

  it('are a missing capability when registration is limited because all share one address', async () => {
    await using server = await tinyServer((_request, response) => {
      response.writeHead(429);
      response.end();
    });
    await using instruments = instrumentsAt(stackOf({ gateway: server.url }), {
      tmpDir,
      capabilities: new Set(),
    });
    await using opened = await instruments.forCheck({
      check: checkNamed('auth.x'),
      signal,
      evidence: new MemoryEvidence(),
    });
    await expect(opened.context.account()).rejects.toThrow(MissingCapability);
  });
});

describe('stores', () => {
  const stores = {
    postgres: { adminUrl: 'postgres://a:b@127.0.0.1:1/x', serviceUrls: {} },
    redis: { url: 'redis://127.0.0.1:1' },
  };
  const capabilities = new Set(['postgres-admin', 'redis-admin'] as const);

  it('are a product failure when they do not respond', async () => {
    await using instruments = instrumentsAt(stackOf({}, stores), { tmpDir, capabilities });
    await using opened = await instruments.forCheck({
      check: checkNamed('infrastructure.x', ['postgres-admin', 'redis-admin']),
      signal,
      evidence: new MemoryEvidence(),
    });
    await expect(opened.context.databaseAdmin().query('select 1')).rejects.toThrow(ProductUnreachable);
    await expect(opened.context.databaseAdmin().connect()).rejects.toThrow(ProductUnreachable);
    await expect(opened.context.redis().ping()).rejects.toThrow(ProductUnreachable);
  });

  it('need a declared capability that the runtime offers', async () => {
    await using instruments = instrumentsAt(stackOf({}, stores), { tmpDir, capabilities: new Set() });
    await using opened = await instruments.forCheck({
      check: checkNamed('infrastructure.x', ['redis-admin']),
      signal,
      evidence: new MemoryEvidence(),
    });
    expect(() => opened.context.databaseAdmin()).toThrow('without declaring it');
    expect(() => opened.context.redis()).toThrow(MissingCapability);
  });
});

it('does what several checks observe once per run', async () => {
  await using instruments = instrumentsAt(stackOf({}), { tmpDir });
  const open = (id: string) =>
    instruments.forCheck({ check: checkNamed(id), signal, evidence: new MemoryEvidence() });
  await using first = await open('api.first');
  await using second = await open('api.second');
  let times = 0;
  const outage = async () => {
    times += 1;
    return `outage ${times}`;
  };
  expect(await first.context.once('outage', outage)).toBe('outage 1');
  expect(await second.context.once('outage', outage)).toBe('outage 1');
  const fails = () => Promise.reject(new Error('the outage failed'));
  await expect(first.context.once('another', fails)).rejects.toThrow('the outage failed');
  await expect(second.context.once('another', outage)).rejects.toThrow('the outage failed');
  expect(times).toBe(1);
});
