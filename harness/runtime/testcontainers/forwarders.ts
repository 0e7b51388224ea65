import type { StackPlan } from '../runtime.ts';
import { publishedHost } from './engine.ts';
import { type Forwarder, openForwarder } from './forwarder.ts';

/**
 * Opens a listener for every service: all addresses are known before the first start. A service whose fixed port is
 * taken gets none.
 * @param options.stores also for stores, whose published ports change at a restart
 * @param options.fixedPorts also for services with a fixed port, which a runtime may publish itself
 */
export async function openForwarders(
  plan: StackPlan,
  cleanup: AsyncDisposableStack,
  options: { fixedPorts: boolean; stores?: boolean },
): Promise<ReadonlyMap<string, Forwarder>> {
  const opened = await Promise.all(
    plan.nodes
      .filter(
        ({ kind, port }) =>
          (kind === 'service' && (options.fixedPorts || port === undefined)) ||
          (kind === 'store' && options.stores),
      )
      .map(async ({ name, port }) => {
        try {
          return [[name, cleanup.use(await openForwarder(publishedHost, port))] as const];
        } catch (error) {
          if (port === undefined || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
          return [];
        }
      }),
  );
  return new Map(opened.flat());
}
