import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/** An IPv4 address written as IPv6 (`::ffff:127.0.0.1`) becomes IPv4 again. */
function plain(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

/**
 * Address of the client at the platform's edge (gateway, frontend), where anybody may claim anything: the socket's,
 * unless the caller proved to be part of the platform with the internal key; then the last address in
 * `x-forwarded-for`, which is the one that caller itself has seen.
 */
export function callerAddress(
  request: IncomingMessage,
  hasInternalKey: (presented: string | string[] | undefined) => boolean,
): string {
  const own = plain(request.socket.remoteAddress ?? '');
  const forwarded = request.headers['x-forwarded-for'];
  if (forwarded === undefined || !hasInternalKey(request.headers['x-internal-key'])) return own;
  const last = plain(String(forwarded).split(',').at(-1)?.trim() ?? '');
  return isIP(last) === 0 ? own : last;
}
