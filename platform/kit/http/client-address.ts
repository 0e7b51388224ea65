import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

const near = new BlockList();
near.addSubnet('127.0.0.0', 8);
near.addSubnet('10.0.0.0', 8);
near.addSubnet('172.16.0.0', 12);
near.addSubnet('192.168.0.0', 16);
near.addAddress('::1', 'ipv6');
near.addSubnet('fc00::', 7, 'ipv6');

function plain(address: string): string {
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}

/**
 * The address a request comes from, as a service behind the gateway sees it: what the gateway wrote last into
 * `x-forwarded-for`, believed only when the connection itself comes from this machine or a private network.
 */
export function clientAddress(request: IncomingMessage): string {
  const own = plain(request.socket.remoteAddress ?? '');
  const family = isIP(own);
  if (family === 0 || !near.check(own, family === 6 ? 'ipv6' : 'ipv4')) return own;
  const forwarded = request.headers['x-forwarded-for'];
  const last = plain(
    String(forwarded ?? '')
      .split(',')
      .at(-1)
      ?.trim() ?? '',
  );
  return isIP(last) === 0 ? own : last;
}
