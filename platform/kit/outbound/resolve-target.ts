import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { decideTarget, type TargetDecision } from './decide-target.ts';

/** A public address, to judge a name by itself with. */
const somePublicAddress = '8.8.8.8';

export interface TargetOptions {
  /** Origins that may be called wherever they are. */
  trustedOrigins: readonly string[];
}

/** Decides what can be decided without asking for a name's addresses, e.g. when an address is stored for later. */
export function decideTargetByName(url: URL, { trustedOrigins }: TargetOptions): TargetDecision {
  return decideTarget({ url, addresses: [somePublicAddress], trustedOrigins });
}

/**
 * Resolves the host of an address that a user gave and decides whether a request may go there. What is refused by
 * its name alone is not asked for.
 * @throws the resolver's error when the name has no addresses, or the resolver no answer
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
