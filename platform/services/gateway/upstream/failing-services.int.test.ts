import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openPatientSender } from '../../../kit/testing/patient-sender.ts';
import { startTemporaryRedis, type TemporaryRedis } from '../../../kit/testing/temporary-redis.ts';
import { mirror, type RunningGateway, type StartOptions, startGateway } from '../testing/start-gateway.ts';

let redis: TemporaryRedis;
let gateway: RunningGateway | undefined;

beforeAll(async () => {
  redis = await startTemporaryRedis();
});
afterEach(async () => {
  await gateway?.[Symbol.asyncDispose]();
  gateway = undefined;
});
afterAll(() => redis?.stop());

async function start(services: StartOptions['services'], env: Record<string, string> = {}) {
  gateway = await startGateway({ redisUrl: redis.url, services, env });
  return gateway;
}

async function bearer(running: RunningGateway) {
  return { authorization: `Bearer ${await running.token()}` };
}

/** Sends a request and returns the response as a stream. */
function open(running: RunningGateway, path: string, options: { method?: string; headers?: object } = {}) {
  const outgoing = httpRequest({
    port: running.port,
    host: '127.0.0.1',
    path,
    agent: false,
    ...options,
  } as object);
  const incoming = once(outgoing, 'response').then(([response]) => response as IncomingMessage);
  incoming.catch(() => {});
  outgoing.on('error', () => {});
  return { outgoing, incoming };
}

describe('forwarding', () => {
  it('forwards events as they arrive, not when the response is complete', async () => {
    let service: ServerResponse | undefined;
    const running = await start({
      'mcp-server': (_request, response) => {
        service = response;
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.flushHeaders();
      },
    });
    const headers = { ...(await bearer(running)), 'content-type': 'application/json' };
    const { outgoing, incoming } = open(running, '/api/mcp', { method: 'POST', headers });
    outgoing.end('{}');
    const response = await incoming;
    expect(response.headers['content-type']).toBe('text/event-stream');
    const events = response[Symbol.asyncIterator]();
    for (const event of ['data: one\n\n', 'data: two\n\n']) {
      service?.write(event);
      expect(String((await events.next()).value)).toBe(event);
    }
    service?.end();
    expect((await events.next()).done).toBe(true);
  });

  it('forwards an upload while the client still sends it', async () => {
    let firstChunk: (text: string) => void;
    const arrived = new Promise<string>((resolve) => {
      firstChunk = resolve;
    });
    const running = await start({
      'file-service': (request, response) => {
        request.once('data', (chunk) => firstChunk(String(chunk)));
        request.once('end', () => response.writeHead(201).end('{}'));
      },
    });
    const headers = { ...(await bearer(running)), 'content-type': 'multipart/form-data; boundary=x' };
    const { outgoing, incoming } = open(running, '/api/files/upload', { method: 'POST', headers });
    outgoing.write('first half');
    expect(await arrived).toBe('first half');
    outgoing.end('second half');
    const response = await incoming;
    response.resume();
    expect(response.statusCode).toBe(201);
  });

  it('ends the request to the service when the client disconnects', async () => {
    let closed: () => void;
    const left = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const running = await start({
      'mcp-server': (_request, response) => {
        response.once('close', () => closed());
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.flushHeaders();
      },
    });
    const headers = { ...(await bearer(running)), 'content-type': 'application/json' };
    const { outgoing, incoming } = open(running, '/api/mcp', { method: 'POST', headers });
    outgoing.end('{}');
    await incoming;
    outgoing.destroy();
    await left;
  });

  it('finishes a running request when the gateway stops, and accepts no other', async () => {
    let service: ServerResponse | undefined;
    let reached: () => void;
    const requested = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const running = await start({
      'user-service': (_request, response) => {
        service = response;
        reached();
      },
    });
    const pending = running.send('/api/users/me', { headers: await bearer(running) });
    await requested;
    const stopped = running[Symbol.asyncDispose]();
    gateway = undefined;
    await expect
      .poll(() => running.send('/health').then(String, ({ code }) => code), { interval: 5 })
      .toBe('ECONNREFUSED');
    service?.end('{"done":true}');
    expect((await pending).json()).toEqual({ done: true });
    await stopped;
  });

  it('breaks off a response that the service broke off', async () => {
    const running = await start({
      'user-service': (_request, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('half', () => response.destroy());
      },
    });
    await expect(running.send('/api/users/me', { headers: await bearer(running) })).rejects.toThrow();
  });
});

describe('bodies', () => {
  it('are rejected above the route’s limit, with and without a declared length', async () => {
    const running = await start({ 'saga-service': mirror('saga-service') }, { BODY_LIMIT_BYTES: '1000' });
    const headers = { ...(await bearer(running)), 'content-type': 'application/json' };
    const declared = await running.send('/api/saga/start', {
      method: 'POST',
      headers: { ...headers, 'content-length': '2000' },
      body: 'x'.repeat(2000),
    });
    expect(declared.status).toBe(413);
    const chunked = await running.send('/api/saga/start', {
      method: 'POST',
      headers: { ...headers, 'transfer-encoding': 'chunked' },
      body: 'x'.repeat(2000),
    });
    expect(chunked.status).toBe(413);
    expect(chunked.json().error).toBe('payload_too_large');
    const small = {
      method: 'POST',
      headers: { ...headers, 'transfer-encoding': 'chunked' },
      body: '{"a":1}',
    };
    expect((await running.send('/api/saga/start', small)).json().body).toBe('{"a":1}');
  });
});

describe('a large body that is not read', () => {
  const megabyte = Buffer.alloc(1024 * 1024, 'x');
  const head = (token: string, headers: string) =>
    `POST /api/saga/start HTTP/1.1\r\nhost: test\r\nauthorization: ${token}\r\ncontent-type: application/json\r\n${headers}\r\n\r\n`;
  const served = 'HTTP/1.1 200';
  const next = 'GET /health HTTP/1.1\r\nhost: test\r\n\r\n';

  it('can be sent to its end after the gateway has rejected it', async () => {
    const running = await start({ 'saga-service': mirror('saga-service') });
    const { authorization } = await bearer(running);
    await using client = await openPatientSender(running.port);
    await client.send(head(authorization, `content-length: ${10 * megabyte.length}`));
    await client.until('"payload_too_large"');
    for (let sent = 0; sent < 10; sent += 1) await client.send(megabyte);
    await client.send(next);
    await client.until(served);
  });

  it('can be sent to its end in chunks', async () => {
    const running = await start({ 'saga-service': mirror('saga-service') });
    const { authorization } = await bearer(running);
    await using client = await openPatientSender(running.port);
    await client.send(head(authorization, 'transfer-encoding: chunked'));
    const size = `${megabyte.length.toString(16)}\r\n`;
    const chunk = Buffer.concat([Buffer.from(size), megabyte, Buffer.from('\r\n')]);
    await client.send(chunk);
    await client.send(chunk);
    await client.until('"payload_too_large"');
    for (let sent = 0; sent < 8; sent += 1) await client.send(chunk);
    await client.send(`0\r\n\r\n${next}`);
    await client.until(served);
  });

  it('can be sent to its end after the service has responded without reading it', async () => {
    const running = await start({
      'saga-service': (_request, response) =>
        response.writeHead(401, { 'content-type': 'application/json', connection: 'close' }).end('{}'),
    });
    const { authorization } = await bearer(running);
    await using client = await openPatientSender(running.port);
    await client.send(head(authorization, `content-length: ${megabyte.length - 1}`));
    await client.send(megabyte.subarray(0, 1000));
    await client.until('HTTP/1.1 401');
    await client.send(megabyte.subarray(1001));
    await client.send(next);
    await client.until(served);
  });

  it('still gets the 502 of a service that is down', async () => {
    const running = await start({});
    const { authorization } = await bearer(running);
    await using client = await openPatientSender(running.port);
    await client.send(head(authorization, `content-length: ${megabyte.length - 1}`));
    await client.send(megabyte.subarray(0, 1000));
    await client.until('HTTP/1.1 502');
    await client.send(megabyte.subarray(1001));
    await client.send(next);
    await client.until(served);
  });
});

describe('requests to a failing service', () => {
  it('get 502 while the circuit is closed, then 503 with Retry-After, for that service alone', async () => {
    const running = await start({ 'file-service': mirror('file-service') }, { BREAKER_FAILURES: '3' });
    const headers = await bearer(running);
    const statuses: number[] = [];
    for (let count = 0; count < 4; count += 1)
      statuses.push((await running.send('/api/users/me', { headers })).status);
    expect(statuses).toEqual([502, 502, 502, 503]);
    const rejected = await running.send('/api/users/me', { headers });
    expect(rejected.json().error).toBe('circuit_open');
    expect(Number(rejected.headers['retry-after'])).toBeGreaterThan(0);
    expect(rejected.headers['x-gateway']).toBe('gateway');
    expect((await running.send('/api/files', { headers })).status).toBe(200);
  });

  it('close the circuit again when the service has recovered', async () => {
    let broken = true;
    const healthy = mirror('user-service');
    const running = await start(
      {
        'user-service': (request, response) => {
          if (broken) response.destroy();
          else healthy(request, response);
        },
      },
      { BREAKER_FAILURES: '1', BREAKER_OPEN_MS: '1' },
    );
    const headers = await bearer(running);
    expect((await running.send('/api/users/me', { headers })).status).toBe(502);
    broken = false;
    await expect
      .poll(async () => (await running.send('/api/users/me', { headers })).status, { interval: 5 })
      .toBe(200);
  });

  it('do not open the circuit by error responses', async () => {
    const running = await start(
      { 'user-service': (_request, response) => response.writeHead(500).end('{}') },
      { BREAKER_FAILURES: '1' },
    );
    const headers = await bearer(running);
    for (let count = 0; count < 3; count += 1)
      expect((await running.send('/api/users/me', { headers })).status).toBe(500);
  });

  it('do not reveal to clients where or how a service failed', async () => {
    const running = await start({});
    const response = await running.send('/api/users/me', { headers: await bearer(running) });
    expect(response.text).not.toMatch(/127\.0\.0\.1|ECONN|undici|\.ts/);
  });
});

describe('the health of the platform', () => {
  it('distinguishes healthy, unready, wrong and unreachable services, all checked in parallel', async () => {
    const report = (service: string, status: number, checks: object) =>
      JSON.stringify({ status: status === 200 ? 'ready' : 'not-ready', service, version: '1', checks });
    // Each of these two responds only when the other has been checked too: in sequence, both would be too late.
    const waiting: (() => void)[] = [];
    const together = (name: string) => (_request: IncomingMessage, response: ServerResponse) => {
      waiting.push(() => response.end(report(name, 200, {})));
      if (waiting.length === 2) for (const respond of waiting) respond();
    };
    const running = await start({
      'user-service': (_request, response) => response.end(report('user-service', 200, {})),
      'file-service': (_request, response) =>
        response
          .writeHead(503)
          .end(
            report('file-service', 503, { postgres: { status: 'failed', latency_ms: 1, error: 'secret' } }),
          ),
      'saga-service': (_request, response) => response.end(report('file-service', 200, {})),
      'mcp-server': together('mcp-server'),
      'airtable-gateway': together('airtable-gateway'),
      'automation-services': () => {},
      'llm-orchestrator': (_request, response) => response.end('<html>'),
    });
    const response = await running.send('/api/health');
    expect(response.status).toBe(200);
    expect(response.json()).toMatchObject({ status: 'degraded', gateway: 'healthy' });
    const byName = Object.fromEntries(
      response
        .json()
        .services.map((one: { name: string; status: string; error?: string }) => [
          one.name,
          `${one.status} ${one.error ?? ''}`.trim(),
        ]),
    );
    expect(byName).toEqual({
      'mcp-server': 'healthy',
      'airtable-gateway': 'healthy',
      'llm-orchestrator': 'unhealthy responded with 200 and no readiness report',
      'file-service': 'unhealthy not ready: postgres',
      'saga-service': 'unhealthy file-service runs at its address',
      'automation-services': 'unreachable no response within 1000 ms',
      'platform-services': 'unreachable connection refused',
      'user-service': 'healthy',
    });
  });
});
