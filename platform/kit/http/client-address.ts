import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

const privateNetworks = new BlockList();
privateNetworks.addSubnet('127.0.0.0', 8);
privateNetworks.addSubnet('10.0.0.0', 8);
privateNetworks.addSubnet('172.16.0.0', 12);
privateNetworks.addSubnet('192.168.0.0', 16);
privateNetworks.addAddress('::1', 'ipv6');
privateNetworks.addSubnet('fc00::', 7, 'ipv6');

/** Converts an IPv4 address written as IPv6 (`::ffff:127.0.0.1`) back to IPv4. */
function normalise(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

function socketAddress(request: IncomingMessage): string {
  return normalise(request.socket.remoteAddress ?? '');
}

/** The last address in `x-forwarded-for`: the one that the sender itself has seen. */
function lastForwarded(request: IncomingMessage): string | undefined {
  const header = String(request.headers['x-forwarded-for'] ?? '');
  const last = normalise(header.slice(header.lastIndexOf(',') + 1).trim());
  return isIP(last) === 0 ? undefined : last;
}

/**
 * Address of the client at the edge of the platform (gateway, frontend), where anyone can send any header. It is the
 * socket's address, unless the sender proves with the internal key that it belongs to the platform. Then it is the
 * last address in `x-forwarded-for`.
 */
export function callerAddress(
  request: IncomingMessage,
  hasInternalKey: (presented: string | string[] | undefined) => boolean,
): string {
  const forwarded = lastForwarded(request);
  if (forwarded === undefined || !hasInternalKey(request.headers['x-internal-key']))
    return socketAddress(request);
  return forwarded;
}

/**
 * Address of the client as a service behind the gateway sees it: the last address in `x-forwarded-for`, which the
 * gateway wrote. It is trusted only if the connection comes from this machine or a private network.
 */
export function clientAddress(request: IncomingMessage): string {
  const own = socketAddress(request);
  const family = isIP(own);
  if (family === 0 || !privateNetworks.check(own, family === 6 ? 'ipv6' : 'ipv4')) return own;
  return lastForwarded(request) ?? own;
}
