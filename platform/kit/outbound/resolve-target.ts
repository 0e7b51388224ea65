import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { decideTarget, type TargetDecision } from './decide-target.ts';

/** Stands in for the addresses of a name that is not resolved. */
const somePublicAddress = '8.8.8.8';

export interface TargetOptions {
  /** Origins that are allowed at any address. */
  trustedOrigins: readonly string[];
}

/** Decides by the name alone, without resolving it, e.g. when a URL is stored for later. */
export function decideTargetByName(url: URL, { trustedOrigins }: TargetOptions): TargetDecision {
  return decideTarget({ url, addresses: [somePublicAddress], trustedOrigins });
}

/**
 * Resolves the host of a user's URL and decides whether a request may be sent there. Names that are rejected anyway are
 * not resolved.
 * @throws the resolver's error when the name has no addresses, or the resolver does not respond
 */
export async function resolveTarget(url: URL, options: TargetOptions): Promise<TargetDecision> {
  const named = decideTargetByName(url, options);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (!named.allowed || named.kind === 'trusted' || isIP(host) !== 0) return named;
  const found = await lookup(host, { all: true });
  return decideTarget({
    url,
    addresses: found.map(({ address }) => address),
    trustedOrigins: options.trustedOrigins,
  });
}
