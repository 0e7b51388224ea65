import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/**
 * Address of the client: the socket's, unless the caller proved to be part of the platform with the internal key;
 * then the last address in `x-forwarded-for`, which is the one that caller itself has seen.
 */
export function clientAddress(
  request: IncomingMessage,
  hasInternalKey: (presented: string | string[] | undefined) => boolean,
): string {
  const own = plain(request.socket.remoteAddress ?? '');
  const forwarded = request.headers['x-forwarded-for'];
  if (forwarded === undefined || !hasInternalKey(request.headers['x-internal-key'])) return own;
  const last = plain(String(forwarded).split(',').at(-1)?.trim() ?? '');
  return isIP(last) === 0 ? own : last;
}

/** An IPv4 address written as IPv6 (`::ffff:127.0.0.1`) becomes IPv4 again. */
function plain(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

/**
 * What limits per address count by: an IPv4 address itself, of IPv6 the first 64 bits, since a household or a host
 * has all the rest to choose from.
 */
export function addressBlock(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = (address.split('%', 1)[0] ?? '').split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array<string>(zeros).fill('0'), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, '').toLowerCase())
    .join(':')}::/64`;
}
