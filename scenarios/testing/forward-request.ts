import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { buffer } from 'node:stream/consumers';

export interface ForwardedResponse {
  status: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** The access token of a request. */
export const tokenOf = ({ headers }: IncomingMessage): string | undefined =>
  headers.authorization?.replace(/^Bearer /, '');

/** Sends a request on to the gateway, from the same address. */
export async function forwardRequest(gateway: string, incoming: IncomingMessage): Promise<ForwardedResponse> {
  const body = await buffer(incoming);
  const { 'transfer-encoding': _chunked, ...headers } = incoming.headers;
  const outgoing = request(gateway + incoming.url, {
    method: incoming.method,
    // A kept connection may be closed by the gateway while the request is on its way.
    agent: false,
    // The limits per address count the address of the check.
    localAddress: incoming.socket.remoteAddress?.replace('::ffff:', ''),
    headers: {
      ...headers,
      ...(body.length > 0 ? { 'content-length': String(body.length) } : {}),
    },
  });
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).once('error', reject);
    outgoing.end(body);
  });
  const { 'transfer-encoding': _sent, ...kept } = response.headers;
  return { status: response.statusCode ?? 502, headers: kept, body: await buffer(response) };
}
