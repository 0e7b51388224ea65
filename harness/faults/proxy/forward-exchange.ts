import { type IncomingMessage, type ServerResponse, request as sendHttp } from 'node:http';
import { request as sendHttps } from 'node:https';

export interface ForwardedRequest {
  method: string;
  /** Path and query. */
  url: string;
  /** Names and values in turn, as the client sent them. */
  rawHeaders: readonly string[];
  /** The rest of the message that carries it. */
  body: Buffer | IncomingMessage;
  /** The address of the client, from which the request is sent on: the limits per address count that one. */
  from: string | undefined;
}

/**
 * Sends a request on, on a connection of its own, and returns when the headers of the response have arrived.
 * @throws Error when there is no response
 */
export function forwardExchange(upstream: string, forwarded: ForwardedRequest): Promise<IncomingMessage> {
  const target = new URL(upstream);
  const send = target.protocol === 'https:' ? sendHttps : sendHttp;
  const { body } = forwarded;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = send({
    hostname: target.hostname,
    port: target.port,
    // As the client wrote it: a URL would change some of the paths that checks send.
    path: pathAt(target, forwarded.url),
    method: forwarded.method,
    headers: headersFor(forwarded),
    // A kept connection may be closed by the service while the request is on its way.
    agent: false,
    localAddress: localAddressFor(target, forwarded.from),
  });
  // After a response, e.g. 413, the service need not read the rest of the request.
  outgoing.once('response', resolve).on('error', reject);
  if (Buffer.isBuffer(body)) outgoing.end(body);
  else {
    body.on('error', () => outgoing.destroy());
    body.pipe(outgoing);
  }
  return promise;
}

/** Sends the response of a service to the client unchanged, while it arrives. */
export function passOn(upstream: IncomingMessage, response: ServerResponse): void {
  response.sendDate = false;
  response.writeHead(upstream.statusCode ?? 502, upstream.statusMessage, [...upstream.rawHeaders]);
  response.flushHeaders();
  upstream.pipe(response);
  upstream.on('error', () => response.destroy()).on('aborted', () => response.destroy());
  response.on('close', () => upstream.destroy());
}

/** A path of the client below the base URL of the service. */
export function pathAt(target: URL, path: string): string {
  return `${target.pathname.replace(/\/$/, '')}${path}`;
}

/** Only a loopback address can be kept. */
export function localAddressFor(target: URL, from: string | undefined): string | undefined {
  const address = from?.replace('::ffff:', '');
  return target.hostname.startsWith('127.') && address?.startsWith('127.') ? address : undefined;
}

function headersFor({ rawHeaders, method }: ForwardedRequest): string[] {
  const headers = [...rawHeaders];
  const hasLength = rawHeaders.some(
    (text, index) => index % 2 === 0 && /^(content-length|transfer-encoding)$/i.test(text),
  );
  // Node would announce a body otherwise.
  if (!hasLength && !['GET', 'HEAD'].includes(method)) headers.push('content-length', '0');
  return headers;
}
