import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseTarget } from '../read-target.ts';
import { openLokiLogs } from './loki-logs.ts';
import { openSources } from './open-sources.ts';
import { openTempoTraces } from './tempo-traces.ts';

/** A server that speaks as much of Loki, Tempo and Prometheus as the harness uses. The real ones come as images only. */
let folder: string;
let url: string;
let asked: IncomingMessage[];
let respond: (path: URL) => object | number;
let server: ReturnType<typeof createServer>;
const { signal } = new AbortController();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sources-'));
  asked = [];
  respond = () => 404;
  server = createServer((request, response) => {
    asked.push(request);
    const body = respond(new URL(request.url ?? '', url));
    if (typeof body === 'number') response.writeHead(body).end();
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.close();
  server.closeAllConnections();
  await once(server, 'close');
  await rm(folder, { recursive: true });
});

const streams = (...results: [string, string][][]) => ({
  status: 'success',
  data: { resultType: 'streams', result: results.map((values) => ({ stream: {}, values })) },
});

describe('logs in Loki', () => {
  it('are read with the query of the service, in order, each line once', async () => {
    let lines = streams([['1700000000000000002', 'two']], [['1700000000000000001', 'one']]);
    respond = () => lines;
    const source = openLokiLogs({
      url,
      token: 'secret',
      tenant: 'acme',
      query: '{app="{service}"}',
      now: () => 1_700_000_000_000,
    });
    expect(await source.read('saga-service', signal)).toBe('one\ntwo\n');
    lines = streams([
      ['1700000000000000001', 'one'],
      ['1700000000000000001', 'one late'],
      ['1700000000000000003', 'three\n'],
    ]);
    expect(await source.read('saga-service', signal)).toBe('one late\nthree\n');
    const { pathname, searchParams } = new URL(asked[0]?.url ?? '', url);
    expect(pathname).toBe('/loki/api/v1/query_range');
    expect(Object.fromEntries(searchParams)).toMatchObject({
      query: '{app="saga-service"}',
      start: '1700000000000000000',
      direction: 'forward',
    });
    expect(asked[0]?.headers).toMatchObject({ authorization: 'Bearer secret', 'x-scope-orgid': 'acme' });
  });

  it('are read page by page', async () => {
    const line = (n: number): [string, string] => [`17000000000${String(n).padStart(8, '0')}`, `line ${n}`];
    respond = ({ searchParams }) => {
      const first = Number(searchParams.get('start')?.slice(-8));
      return streams(Array.from({ length: first === 0 ? 5_000 : 3 }, (_, index) => line(first + index)));
    };
    const source = openLokiLogs({ url, query: '{service}', now: () => 1_700_000_000_000 });
    const text = await source.read('gateway', signal);
    expect(text.split('\n')).toHaveLength(5_002 + 1);
    expect(text).toMatch(/line 5001\n$/);
  });

  it.each([
    ['an error', 401, /loki\/api\/v1\/query_range: 401/],
    ['a metric query', { data: { resultType: 'matrix', result: [] } }, /must select log lines/],
  ])('cannot be read from %s', async (_what, body, message) => {
    respond = () => body;
    await expect(openLokiLogs({ url, query: '{service}' }).read('gateway', signal)).rejects.toThrow(message);
  });
});

describe('traces in Tempo', () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const spanId = 'b7ad6b7169203331';
  const base64 = (hex: string): string => Buffer.from(hex, 'hex').toString('base64');
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'gateway' } }] };
  const times = { startTimeUnixNano: '1700000000000000000', endTimeUnixNano: '1700000000005000000' };
  const batches = [
    {
      resource,
      scopeSpans: [
        {
          spans: [
            {
              traceId: base64(traceId),
              spanId: base64(spanId),
              name: 'GET /health',
              kind: 'SPAN_KIND_SERVER',
              status: { code: 'STATUS_CODE_ERROR' },
              ...times,
            },
          ],
        },
      ],
    },
  ];
  const wait = { complete: (spans: readonly unknown[]) => spans.length > 0, limitMs: 5_000, signal };

  it.each([
    ['in the form of its first interface', { batches }],
    ['in the form of its second interface', { trace: { resourceSpans: batches } }],
  ])('are read %s, as soon as they are complete', async (_what, trace) => {
    respond = () => (asked.length === 1 ? 404 : trace);
    const spans = await openTempoTraces({ url }).trace(traceId, wait);
    expect(spans).toEqual([
      {
        traceId,
        spanId,
        service: 'gateway',
        name: 'GET /health',
        kind: 'server',
        startMs: 1_700_000_000_000,
        endMs: 1_700_000_000_005,
        failed: true,
        attributes: {},
      },
    ]);
    expect(asked.map((request) => request.url)).toEqual(Array(2).fill(`/api/traces/${traceId}`));
  });
});

describe('the sources of a target', () => {
  const open = (text: string) =>
    openSources({
      target: parseTarget(
        `name: a\nlabel: staging\nservices: { gateway: http://127.0.0.1:1 }\n${text}`,
        'a.yaml',
      ),
      readSecret: () => 'secret',
      logFolder: folder,
      signal,
    });

  it('give a capability each', async () => {
    await writeFile(join(folder, 'gateway.txt'), '');
    respond = () => ({});
    await using sources = await open(
      `logs: { files: '${folder}/{service}.txt' }\ntraces: { tempo: { url: ${url} } }\nmetrics: { prometheus: { url: ${url}, token: { env: TOKEN } } }\nmail: { mailpit: { url: ${url}, login: { env: LOGIN } } }\n`,
    );
    expect([...sources.capabilities].sort()).toEqual([
      'logs',
      'mail',
      'monitoring',
      'traces',
      'unredacted-logs',
    ]);
    expect(sources.prometheus).toEqual({ url, token: 'secret' });
    expect(sources.failures.size).toBe(0);
  });

  it('that do not work are named with the reason and give no capability', async () => {
    await using sources = await open(
      `logs: { files: '/no/such/{service}.log' }\ntraces: { tempo: { url: ${url} } }\nmetrics: { prometheus: { url: http://127.0.0.1:65533 } }\nmail: { folder: /no/such/mails }\n`,
    );
    expect([...sources.capabilities]).toEqual([]);
    expect(Object.fromEntries(sources.failures)).toEqual({
      logs: 'cannot read /no/such/gateway.log: ENOENT',
      traces: `GET ${url}/api/echo: 404`,
      monitoring: expect.stringContaining('ECONNREFUSED'),
      mail: expect.stringContaining("'/no/such/mails'"),
    });
  });

  it('are none without fields', async () => {
    await using sources = await open('');
    expect(sources.capabilities.size + sources.failures.size).toBe(0);
  });

  it('store the followed logs without secrets, and find them', async () => {
    const file = join(folder, 'gateway.txt');
    await writeFile(file, 'old line\n');
    const sources = await open(`logs: { files: '${folder}/{service}.txt' }\n`);
    const { logs } = sources;
    logs?.logWatch.watch('Kestrel-0123456789abcdef', 'password');
    await writeFile(file, 'old line\nnew line with Kestrel-0123456789abcdef\n');
    await expect.poll(() => logs?.logs('gateway', 0)).toHaveLength(1);
    await sources[Symbol.asyncDispose]();
    expect(logs?.logWatch.logs()).toMatchObject([{ service: 'gateway', secrets: [{ line: 1 }] }]);
    expect(await readFile(join(folder, 'gateway.log'), 'utf8')).toBe('new line with [redacted]\n');
  });

  it('do not count logs that have lost their secrets as unredacted ones', async () => {
    await writeFile(join(folder, 'gateway.txt'), '');
    await using sources = await open(`logs: { files: '${folder}/{service}.txt', redacted: true }\n`);
    expect([...sources.capabilities]).toEqual(['logs']);
  });
});
