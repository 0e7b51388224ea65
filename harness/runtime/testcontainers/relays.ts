import type { ServiceName } from '../../../platform/contracts/service.ts';
import type { RunScope } from '../folders/run-scope.ts';
import type { StackPlan } from '../runtime.ts';
import type { Engine } from './engine.ts';
import { type Relay, startRelay } from './start-relay.ts';

/** Services that limit or record clients by their address. */
const addressReaders: ReadonlySet<string> = new Set<ServiceName>([
  'gateway',
  'frontend',
  'platform-services',
]);

/** Starts the relays of these services. They need nothing else of the stack, so they start beside the stores. */
export function startRelays(options: {
  plan: StackPlan;
  engine: Engine;
  scope: RunScope;
  image: string;
  network: string;
  closed: AbortSignal;
}): ReadonlyMap<string, Promise<Relay>> {
  const { plan, scope, ...shared } = options;
  return new Map(
    plan.nodes
      .filter(({ kind, name }) => kind === 'service' && addressReaders.has(name))
      .map(({ name }) => {
        const relay = startRelay({ ...shared, service: name, log: scope.log(`relay-${name}`) });
        // The service that waits for it reports the failure.
        relay.catch(() => undefined);
        return [name, relay] as const;
      }),
  );
}
