import type { ServiceName } from '../../../../platform/contracts/service.ts';
import type { StackAddresses } from '../../stack.ts';

/** Maximum time for one service to report whether it is ready, milliseconds. */
const limitMs = 3_000;

/**
 * The first of these services that is not ready now, with what was seen; undefined when all are. A program that waits
 * for a platform like that is not the one to blame.
 * @param services what a check uses; default the gateway
 */
export async function findHang(
  addresses: Partial<StackAddresses['services']>,
  services: readonly ServiceName[] = [],
): Promise<string | undefined> {
  const names: readonly ServiceName[] = services.length === 0 ? ['gateway'] : services;
  const seen = await Promise.all(names.map((name) => notReady(name, addresses[name])));
  return seen.find((one) => one !== undefined);
}

async function notReady(name: ServiceName, address: string | undefined): Promise<string | undefined> {
  if (address === undefined) return undefined;
  try {
    const response = await fetch(new URL('/ready', address), { signal: AbortSignal.timeout(limitMs) });
    await response.body?.cancel();
    return response.status >= 500 ? `${name} was not ready (status ${response.status})` : undefined;
  } catch (error) {
    const { message, cause } = error as Error;
    return `${name} did not respond within ${limitMs / 1000} s (${cause instanceof Error ? cause.message : message})`;
  }
}
