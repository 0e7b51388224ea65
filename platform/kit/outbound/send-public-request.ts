import type { LookupAddress } from 'node:dns';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';

export interface PublicRequest {
  method: string;
  url: URL;
  headers: Readonly<Record<string, string>>;
  body: string | undefined;
  /**
   * The allowed addresses; the connection goes to one of them only. Absent for a trusted origin, whose name may resolve
   * to any address.
   */
  addresses?: readonly string[];
  signal: AbortSignal;
}

function lookUpOnly(addresses: readonly string[]): LookupFunction {
  const found: LookupAddress[] = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, options, callback) => {
    const first = found[0] as LookupAddress;
    if (options.all === true) callback(null, found);
    else callback(null, first.address, first.family);
  };
}

/** Sends a request to the allowed addresses on a new connection. Does not follow redirects. */
export function sendPublicRequest(request: PublicRequest): Promise<IncomingMessage> {
  const send = request.url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const outgoing = send(request.url, {
      method: request.method,
      headers: request.headers,
      ...(request.addresses === undefined ? {} : { lookup: lookUpOnly(request.addresses) }),
      // A pooled connection may have been opened to other addresses.
      agent: false,
      signal: request.signal,
    });
    outgoing.once('response', resolve);
    outgoing.once('error', reject);
    outgoing.end(request.body);
  });
}
