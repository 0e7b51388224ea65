import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { ExchangeChange } from '../change.ts';
import { openExchangeProxy } from './exchange-proxy.ts';

let later = new AsyncDisposableStack();
afterEach(async () => {
  const done = later;
  later = new AsyncDisposableStack();
  await done.disposeAsync();
});

type Respond = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** A service that responds as given, behind a proxy. */
async function behindProxy(respond: Respond, change: Omit<ExchangeChange, 'kind'>) {
  const server = createServer((incoming, response) => {
    text(incoming).then((body) => respond(incoming, response, body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  later.defer(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const upstream = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const proxy = later.use(await openExchangeProxy(upstream, { kind: 'exchange', ...change }));
  return { server, url: proxy.url };
}

const echo: Respond = (incoming, response, body) => {
  response.setHeader('x-method', incoming.method ?? '');
  response.end(
    JSON.stringify({ url: incoming.url, body, from: incoming.socket.remoteAddress, ...incoming.headers }),
  );
};

async function send(
  url: string,
  options: { method?: string; body?: string; from?: string; raw?: string[] } = {},
) {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(
      url,
      {
        method: options.method ?? 'GET',
        agent: false,
        ...(options.from ? { localAddress: options.from } : {}),
        ...(options.raw ? { headers: options.raw } : {}),
      },
      resolve,
    )
      .once('error', reject)
      .end(options.body);
  });
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

describe('the proxy, for exchanges that do not match', () => {
  const nothing = { path: /^\/never$/ };

  it('passes method, path, headers, body and the address of the client', async () => {
    const { url } = await behindProxy(echo, nothing);
    const { headers, body } = await send(`${url}/b?c=%2f`, {
      method: 'PUT',
      body: 'sent',
      ...(process.platform === 'linux' ? { from: '127.7.8.9' } : {}),
      raw: ['Host', 'elsewhere', 'X-Twice', '1', 'X-Twice', '2', 'Content-Length', '4'],
    });
    expect(headers['x-method']).toBe('PUT');
    expect(JSON.parse(body)).toMatchObject({ host: 'elsewhere', body: 'sent', 'x-twice': '1, 2' });
    if (process.platform === 'linux') expect(JSON.parse(body).from).toBe('127.7.8.9');
  });

  it('passes events while they arrive', async () => {
    const { url } = await behindProxy((_incoming, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: first\n\n');
    }, nothing);
    const response = await fetch(`${url}/events`);
    const { value } = (await response.body?.getReader().read()) ?? {};
    expect(Buffer.from(value ?? []).toString()).toBe('data: first\n\n');
  });

  it('passes WebSockets', async () => {
    const { url, server } = await behindProxy(echo, nothing);
    const sockets = new WebSocketServer({ server });
    sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(`again ${data}`)));
    const client = new WebSocket(url.replace('http', 'ws'));
    const message = new Promise((resolve) => client.once('message', (data) => resolve(String(data))));
    client.once('open', () => client.send('hello'));
    expect(await message).toBe('again hello');
    client.terminate();
    sockets.close();
  });

  it('gives no response where the service gives none', async () => {
    const { url } = await behindProxy((incoming) => incoming.socket.destroy(), nothing);
    await expect(send(url)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});

describe('the proxy, for exchanges that match', () => {
  it('changes the request', async () => {
    const { url } = await behindProxy(echo, {
      path: /^\/old/,
      request: ({ body, headers }) => ({
        url: '/new',
        headers: { ...headers, 'x-user-id': 'forged' },
        body: Buffer.from(`${body} and more`),
      }),
    });
    const { body } = await send(`${url}/old`, { method: 'POST', body: 'sent' });
    expect(JSON.parse(body)).toMatchObject({ url: '/new', 'x-user-id': 'forged', body: 'sent and more' });
  });

  it('changes status, headers and body of the response, by the request', async () => {
    const { url } = await behindProxy(echo, {
      method: 'POST',
      path: /./,
      response: ({ headers }, { url: asked }) => ({
        status: 418,
        headers: { ...headers, 'x-method': undefined },
        body: Buffer.from(`no ${asked}`),
      }),
    });
    const { status, headers, body } = await send(`${url}/tea`, { method: 'POST' });
    expect({ status, body, gone: headers['x-method'] }).toEqual({
      status: 418,
      body: 'no /tea',
      gone: undefined,
    });
    expect((await send(`${url}/tea`)).status).toBe(200);
  });

  it('leaves the length of a response to HEAD as it is', async () => {
    const { url } = await behindProxy(
      (_incoming, response) => response.setHeader('content-length', 12).end(),
      {
        path: /./,
        response: ({ headers }) => ({ headers: { ...headers, 'x-new': 'yes' } }),
      },
    );
    const { headers } = await send(url, { method: 'HEAD' });
    expect(headers).toMatchObject({ 'content-length': '12', 'x-new': 'yes' });
  });

  it('drops the connection before the service gets the request', async () => {
    const asked: string[] = [];
    const { url } = await behindProxy(
      (incoming, response) => response.end(String(asked.push(incoming.url ?? ''))),
      {
        path: /^\/gone/,
        drop: true,
      },
    );
    await expect(send(`${url}/gone`)).rejects.toMatchObject({ code: 'ECONNRESET' });
    await send(`${url}/here`);
    expect(asked).toEqual(['/here']);
  });

  it('ends the connection in the middle of the body', async () => {
    const { url } = await behindProxy((_incoming, response) => response.end('0123456789'), {
      path: /./,
      truncateAfter: 4,
    });
    await expect(fetch(url).then((response) => response.text())).rejects.toThrow();
  });

  it('holds the response back', async () => {
    const { url } = await behindProxy(echo, { path: /./, delayMs: 60 });
    const startedAt = performance.now();
    await send(url);
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(59);
  });

  it('drops the handshake of a WebSocket', async () => {
    const { url } = await behindProxy(echo, { path: /^\/ws/, drop: true });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write('GET /ws HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n');
    expect(await text(socket)).toBe('');
  });
});
