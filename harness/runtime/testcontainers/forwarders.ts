import type { StackPlan } from '../runtime.ts';
import { type Forwarder, openForwarder } from './forwarder.ts';

/** Opens a listener for every service without a fixed port: all addresses are known before the first start. */
export async function openForwarders(
  plan: StackPlan,
  cleanup: AsyncDisposableStack,
): Promise<ReadonlyMap<string, Forwarder>> {
  const nodes = plan.nodes.filter(({ kind, port }) => kind === 'service' && port === undefined);
  return new Map(
    await Promise.all(
      nodes.map(async ({ name }) => [name, cleanup.use(await openForwarder('127.0.0.1'))] as const),
    ),
  );
}
