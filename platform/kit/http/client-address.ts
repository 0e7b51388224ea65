import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import proxyAddr from '@fastify/proxy-addr';

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

/** Finds the address of a request's client. */
export type ClientAddress = (request: IncomingMessage) => string;

export interface EdgeOptions {
  hasInternalKey(presented: string | string[] | undefined): boolean;
  /** Addresses and ranges (`10.0.0.0/8`) of load balancers that append the address of their client. */
  trustedProxies: readonly string[];
}

/** An address as some load balancers write it: with a port, IPv6 in brackets. */
const withPort = /^(?:\[([0-9a-f:.]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+)$/i;

function hop(text: string): string | undefined {
  const [, six, four] = withPort.exec(text) ?? [];
  const address = normalise(six ?? four ?? text);
  return isIP(address) === 0 ? undefined : address;
}

/**
 * Address of the client at the edge of the platform (gateway, frontend), where anyone can send any header. It is the
 * socket's address, with two exceptions:
 *
 * - The sender proves with the internal key that it belongs to the platform. Then it is the last address in
 *   `x-forwarded-for`.
 * - The socket's address is that of a trusted proxy. Then it is the last address in `x-forwarded-for` that is not one.
 *   Clients can write what stands before it, so nothing before it counts. What is no address counts as its proxy.
 * @throws TypeError for a trusted proxy that is neither an address nor a range
 */
export function edgeClientAddress({ hasInternalKey, trustedProxies }: EdgeOptions): ClientAddress {
  const isTrusted = proxyAddr.compile([...trustedProxies]);
  return (request) => {
    const own = socketAddress(request);
    const { 'x-forwarded-for': forwarded, 'x-internal-key': key } = request.headers;
    if (forwarded === undefined) return own;
    if (key !== undefined && hasInternalKey(key)) return lastForwarded(request) ?? own;
    if (trustedProxies.length === 0 || !isTrusted(own, 0)) return own;
    // From the socket to the first address that is not trusted.
    return (
      proxyAddr
        .all(request, isTrusted)
        .map(hop)
        .findLast((address) => address !== undefined) ?? own
    );
  };
}

/**
 * Address of the client as a service behind the gateway sees it: the last address in `x-forwarded-for`, which the
 * gateway wrote. It is trusted only if the connection comes from this machine or a private network.
 */
export function forwardedClientAddress(request: IncomingMessage): string {
  const own = socketAddress(request);
  const family = isIP(own);
  if (family === 0 || !privateNetworks.check(own, family === 6 ? 'ipv6' : 'ipv4')) return own;
  return lastForwarded(request) ?? own;
}
