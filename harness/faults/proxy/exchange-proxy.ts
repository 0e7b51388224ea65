import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import type { ExchangeChange, ProxiedRequest } from '../change.ts';
import { forwardExchange, passOn } from './forward-exchange.ts';
import { passUpgrade } from './pass-upgrade.ts';

/** More than any service accepts, bytes: the service rejects too long headers itself. */
const maxHeaderSize = 1_048_576;

export interface OpenProxy extends AsyncDisposable {
  /** Base URL without trailing slash. */
  readonly url: string;
}

/**
 * Opens a proxy on a free port that changes the exchanges which match and passes on everything else as it is: bodies
 * and events while they arrive, WebSockets, and the address of the client.
 * @param upstream base URL of the service
 */
export async function openExchangeProxy(upstream: string, change: ExchangeChange): Promise<OpenProxy> {
  const sockets = new Set<Duplex>();
  const server = createServer(
    { maxHeaderSize, requestTimeout: 0, headersTimeout: 0 },
    (incoming, response) => {
      const work = matches(change, incoming)
        ? changeExchange(upstream, change, incoming, response)
        : forwardExchange(upstream, {
            ...requestLine(incoming),
            rawHeaders: incoming.rawHeaders,
            body: incoming,
            from: incoming.socket.remoteAddress,
          }).then((answer) => passOn(answer, response));
      // Without a response of the service the client gets none either.
      work.catch(() => response.destroy());
    },
  );
  server.on('upgrade', (incoming, socket, head) => {
    const from = incoming.socket.remoteAddress;
    socket.on('error', () => undefined);
    if (!matches(change, incoming)) return passUpgrade(upstream, incoming, { socket, head, from });
    changeUpgrade(upstream, change, incoming, { socket, head, from }).catch(() => socket.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function matches({ method, path }: ExchangeChange, incoming: IncomingMessage): boolean {
  // A regular expression with `g` would begin where its last match ended.
  return (method === undefined || method === incoming.method) && (incoming.url ?? '').search(path) >= 0;
}

const requestLine = ({ method = 'GET', url = '/' }: IncomingMessage) => ({ method, url });

async function changeExchange(
  upstream: string,
  change: ExchangeChange,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (change.drop) {
    incoming.socket.destroy();
    return;
  }
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const original: ProxiedRequest = {
    ...requestLine(incoming),
    headers: incoming.headers,
    body: await buffer(incoming),
  };
  const sent = { ...original, ...change.request?.(original) };
  const answer = await forwardExchange(upstream, {
    method: sent.method,
    url: sent.url,
    rawHeaders: toRaw(withLength(sent.headers, { body: sent.body, always: original.body.length > 0 })),
    body: sent.body,
    from: incoming.socket.remoteAddress,
  });
  if (change.delayMs !== undefined) await pause(change.delayMs, undefined, { signal: gone.signal });
  if (!change.response && change.truncateAfter === undefined) return passOn(answer, response);
  const status = answer.statusCode ?? 502;
  const received = { status, headers: answer.headers, body: await buffer(answer) };
  const changed = { ...received, ...change.response?.(received, original) };
  const bodyless = sent.method === 'HEAD' || changed.status === 204 || changed.status === 304;
  const headers = bodyless
    ? changed.headers
    : withLength(changed.headers, { body: changed.body, always: true });
  response.sendDate = false;
  response.writeHead(changed.status, toRaw(headers));
  if (bodyless) response.end();
  else if (change.truncateAfter === undefined) response.end(changed.body);
  else
    response.write(changed.body.subarray(0, change.truncateAfter), () => {
      response.destroy();
    });
}

async function changeUpgrade(
  upstream: string,
  change: ExchangeChange,
  incoming: IncomingMessage,
  client: { socket: Duplex; head: Buffer; from: string | undefined },
): Promise<void> {
  if (change.drop) {
    client.socket.destroy();
    return;
  }
  const original = { ...requestLine(incoming), headers: incoming.headers, body: Buffer.alloc(0) };
  const { method, url, headers } = { ...original, ...change.request?.(original) };
  if (change.delayMs !== undefined) await pause(change.delayMs);
  const rawHeaders = headers === incoming.headers ? incoming.rawHeaders : toRaw(headers);
  passUpgrade(upstream, { method, url, rawHeaders }, client);
}

/** The headers with the length of the body that is sent instead. */
function withLength(
  headers: IncomingHttpHeaders,
  { body, always }: { body: Buffer; always: boolean },
): IncomingHttpHeaders {
  const { 'transfer-encoding': _chunked, 'content-length': _length, ...rest } = headers;
  return always || body.length > 0 ? { ...rest, 'content-length': String(body.length) } : rest;
}

function toRaw(headers: IncomingHttpHeaders): string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().flatMap((one) => [name, one]),
  );
}
