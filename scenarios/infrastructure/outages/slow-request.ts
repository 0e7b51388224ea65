import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { buffer } from 'node:stream/consumers';

export interface SentRequest {
  method: string;
  path: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}

/** A request that the server has accepted and whose body is not complete yet. */
export interface SlowRequest {
  /** Sends the rest of the body. @returns the status, 0 without a response */
  finish(): Promise<number>;
}

/**
 * Sends the head and the first half of a request, and waits until the server asks for the body (`100 Continue`): then
 * the request is being worked on, for as long as the caller likes.
 * @throws the error of the connection when the server does not accept the request
 */
export async function openSlowRequest(
  baseUrl: string,
  { method, path, headers, body }: SentRequest,
  signal: AbortSignal,
): Promise<SlowRequest> {
  const bytes = Buffer.from(body);
  const outgoing = request(baseUrl + path, {
    method,
    agent: false,
    signal,
    headers: { ...headers, expect: '100-continue', 'content-length': String(bytes.length) },
  });
  const { promise: response, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  outgoing.on('response', resolve);
  outgoing.on('error', reject);
  // Nobody listens before `finish`.
  response.catch(() => undefined);
  outgoing.flushHeaders();
  await Promise.race([once(outgoing, 'continue', { signal }), response]);
  const half = Math.floor(bytes.length / 2);
  outgoing.write(bytes.subarray(0, half));
  return {
    async finish() {
      try {
        outgoing.end(bytes.subarray(half));
        const incoming = await response;
        await buffer(incoming);
        return incoming.statusCode ?? 0;
      } catch {
        signal.throwIfAborted();
        return 0;
      }
    },
  };
}
