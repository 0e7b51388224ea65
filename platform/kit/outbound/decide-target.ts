import { BlockList, isIP } from 'node:net';

/** Whether a request to a user's URL is allowed, and to which addresses. */
export type TargetDecision =
  /** An origin from the configuration, at any address. */
  | { allowed: true; kind: 'trusted' }
  /** Only these addresses: resolving the name again could return others. */
  | { allowed: true; kind: 'public'; addresses: readonly string[] }
  | { allowed: false; reason: string };

export interface TargetCandidate {
  url: URL;
  /** Resolved addresses of the URL's host. Empty when the host is an address or could not be resolved. */
  addresses: readonly string[];
  /** Origins that are allowed at any address, e.g. the gateway's. Only the configuration may set them. */
  trustedOrigins: readonly string[];
}

/** IPv4 without global reach: IANA's special-purpose registry (RFC 6890 and successors), multicast, reserved. */
const privateV4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const;
/** Parts of 2000::/3 that are not hosts: protocol assignments with Teredo, documentation, 6to4. */
const specialV6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
] as const;
const globalV6 = ['2000::', 3] as const;

function listOf(ranges: readonly (readonly [string, number])[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const [network, bits] of ranges) list.addSubnet(network, bits, family);
  return list;
}

/** Whether an address is a host of the public Internet. IPv6 forms that embed an IPv4 address are not. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !listOf(privateV4, 'ipv4').check(address, 'ipv4');
  if (family !== 6) return false;
  return (
    listOf([globalV6], 'ipv6').check(address, 'ipv6') && !listOf(specialV6, 'ipv6').check(address, 'ipv6')
  );
}

const localNames =
  /(^|\.)(localhost|local|internal|intranet|lan|home|corp|home\.arpa|in-addr\.arpa|ip6\.arpa)\.?$/i;

/**
 * Decides whether a request may be sent to a user's URL. It allows trusted origins, and http(s) to hosts whose addresses
 * are all public. It rejects everything else: loopback, private and link-local networks, metadata services, names of
 * local networks, other schemes, and URLs with credentials.
 */
export function decideTarget({ url, addresses, trustedOrigins }: TargetCandidate): TargetDecision {
  const reject = (reason: string): TargetDecision => ({ allowed: false, reason });
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return reject('only http and https URLs can be called');
  if (url.username !== '' || url.password !== '') return reject('a URL may not contain a user or password');
  if (trustedOrigins.includes(url.origin)) return { allowed: true, kind: 'trusted' };
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0) {
    return isPublicAddress(host)
      ? { allowed: true, kind: 'public', addresses: [host] }
      : reject(`${host} is not a public address`);
  }
  if (localNames.test(host) || !host.includes('.')) return reject(`${host} is not a public host`);
  if (addresses.length === 0) return reject(`${host} could not be resolved`);
  // DNS rebinding: a name can mix private addresses among public ones.
  if (!addresses.every(isPublicAddress)) return reject(`${host} resolves to an address that is not public`);
  return { allowed: true, kind: 'public', addresses };
}
