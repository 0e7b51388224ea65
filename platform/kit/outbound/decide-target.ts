import { BlockList, isIP } from 'node:net';

/** Whether a request to an address that a user gave may be sent, and where to. */
export type TargetDecision =
  /** An origin that the configuration names: wherever its name leads. */
  | { allowed: true; kind: 'trusted' }
  /** Only to these addresses: resolving the name again could give others. */
  | { allowed: true; kind: 'public'; addresses: readonly string[] }
  | { allowed: false; reason: string };

export interface TargetQuestion {
  url: URL;
  /** What the URL's host resolved to; empty when it is an address itself or could not be resolved. */
  addresses: readonly string[];
  /** Origins that may be called wherever they are, e.g. the gateway's. Only the configuration may name them. */
  trustedOrigins: readonly string[];
}

/** IPv4 without global reach: IANA's special-purpose registry (RFC 6890 and successors), multicast and above. */
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
/** Within 2000::/3, what is no host of its own: protocol assignments with Teredo, documentation, 6to4. */
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

/** Whether an address is a host of the public Internet. Forms that hide an IPv4 address in IPv6 are not. */
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
 * Decides whether a request may be sent to where a user wants it. Allowed are trusted origins, and http(s) at hosts
 * of which every address is public. Everything else is refused: loopback, private and link-local networks, metadata
 * services, names of local networks, other schemes, and URLs that carry credentials.
 */
export function decideTarget({ url, addresses, trustedOrigins }: TargetQuestion): TargetDecision {
  const refuse = (reason: string): TargetDecision => ({ allowed: false, reason });
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return refuse('only http and https addresses can be called');
  if (url.username !== '' || url.password !== '')
    return refuse('an address may not carry a user or password');
  if (trustedOrigins.includes(url.origin)) return { allowed: true, kind: 'trusted' };
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0) {
    return isPublicAddress(host)
      ? { allowed: true, kind: 'public', addresses: [host] }
      : refuse(`${host} is not a public address`);
  }
  if (localNames.test(host) || !host.includes('.')) return refuse(`${host} is not a public host`);
  if (addresses.length === 0) return refuse(`${host} could not be resolved`);
  // One private address among public ones is how a name is turned against whoever resolves it.
  if (!addresses.every(isPublicAddress)) return refuse(`${host} resolves to an address that is not public`);
  return { allowed: true, kind: 'public', addresses };
}
