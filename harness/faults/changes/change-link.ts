import { MissingCapability } from '../../engine/failures/missing-capability.ts';
import type { LinkChange } from '../change.ts';
import type { Link, LinkFault } from '../link/open-link.ts';
import { openExchangeProxy } from '../proxy/exchange-proxy.ts';

/**
 * Sets the fault of a link, or leads it through a proxy that changes its exchanges. Disposing the result lifts it.
 * @param link with which the platform has booted
 * @throws MissingCapability where the runtime has none
 */
export async function changeLink(
  { from, to, does }: LinkChange,
  link: Link | undefined,
): Promise<AsyncDisposable> {
  const target = link?.target;
  if (!link || !target)
    throw new MissingCapability('process-control', `There is no link from ${from} to ${to}.`);
  if (!isExchange(does)) {
    await link.set(does);
    return { [Symbol.asyncDispose]: () => link.set(undefined) };
  }
  if (!('port' in target)) throw new TypeError(`The link from ${from} to ${to} has no HTTP exchanges.`);
  const proxy = await openExchangeProxy(`http://${target.host}:${target.port}`, {
    kind: 'exchange',
    ...does,
  });
  link.leadTo({ host: '127.0.0.1', port: Number(new URL(proxy.url).port) });
  await link.set(undefined);
  return {
    async [Symbol.asyncDispose]() {
      link.leadTo(target);
      await link.set(undefined);
      await proxy[Symbol.asyncDispose]();
    },
  };
}

function isExchange(does: LinkChange['does']): does is Exclude<LinkChange['does'], LinkFault> {
  return typeof does === 'object' && 'path' in does;
}
