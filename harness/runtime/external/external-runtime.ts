import { timeLimit } from '../../async/time-limit.ts';
import type { BootFacts } from '../../evidence/facts.ts';
import type { BootedStack, BootOptions, NodeExit, Runtime, StackPlan } from '../runtime.ts';
import { databaseRoles } from '../stack/service-environment.ts';
import { awaitNode, type NotReady } from './await-node.ts';
import type { ObservedNodes } from './observed-nodes.ts';
import type { Target } from './target.ts';
import { type ReadSecret, targetAddresses, targetCapabilities } from './target-addresses.ts';
import {
  type AvailabilityWatch,
  type WatchedService,
  watchAvailability,
} from './watch/availability-watch.ts';

/** A platform that runs already. */
export interface ExternalStack extends BootedStack {
  /** Probes the services from the end of the boot. */
  readonly availability: AvailabilityWatch;
}

export interface ExternalRuntime extends Runtime {
  boot(plan: StackPlan, options: BootOptions): Promise<ExternalStack>;
}

/**
 * A platform that runs already. `boot` starts nothing: it waits until each service with an address responds as ready,
 * and then probes them until `stop`. `stop` stops nothing else. Observed nodes without an address must be ready too.
 */
export function createExternalRuntime(options: {
  target: Target;
  nodes?: ObservedNodes | undefined;
  readSecret: ReadSecret;
}): ExternalRuntime {
  const { target, nodes, readSecret } = options;
  return {
    async boot({ bootTimeoutMs }, bootOptions): Promise<ExternalStack> {
      const addresses = targetAddresses(target, readSecret);
      using limit = timeLimit(bootTimeoutMs);
      const signal = AbortSignal.any([limit.signal, bootOptions.signal]);
      const startedAt = performance.now();
      const boot = await Promise.all(
        awaitedNodes(addresses.services, nodes).map(async ({ name: node, kind, url }): Promise<BootFacts> => {
          const { onEvent } = bootOptions;
          onEvent?.({ type: 'starting', node, atMs: performance.now() - startedAt });
          const observe = async () => nodes?.observe(node);
          const notReady = await awaitNode({ node, url, signal, observe });
          const atMs = performance.now() - startedAt;
          if (notReady === undefined) {
            onEvent?.({ type: 'ready', node, atMs });
            return { node, kind, state: 'ready', readyAfterMs: atMs };
          }
          const failure = { ...failureOf(notReady, url), logs: [...((await nodes?.lastLines(node)) ?? [])] };
          onEvent?.({ type: 'failed', node, atMs, cause: failure.cause });
          return { node, kind, state: 'failed', failure };
        }),
      );
      bootOptions.signal.throwIfAborted();
      const failed = new Set<string>(boot.filter(({ state }) => state !== 'ready').map(({ node }) => node));
      const availability = watchAvailability({ target });
      const stop = async (): Promise<void> => availability[Symbol.asyncDispose]();
      return {
        addresses,
        boot,
        availability,
        capabilities: targetCapabilities(target, Object.keys(databaseRoles)),
        logs: () => [],
        logWatch: { watch: () => undefined, logs: () => [], knownIn: () => [] },
        exited: () =>
          availability
            .services()
            .filter(({ service }) => !failed.has(service))
            .flatMap(awayTimes)
            .sort((left, right) => left.atMs - right.atMs),
        stop,
        [Symbol.asyncDispose]: stop,
      };
    },
  };
}

/** The services with an address, then the nodes that only the observer sees. */
function awaitedNodes(
  services: Readonly<Record<string, string>>,
  observed: ObservedNodes | undefined,
): { name: string; kind: BootFacts['kind']; url: string | undefined }[] {
  return [
    ...Object.entries(services).map(([name, url]) => ({ name, kind: 'service' as const, url })),
    ...(observed?.nodes ?? [])
      .filter(({ name }) => !(name in services))
      .map(({ name, kind }) => ({ name, kind, url: undefined })),
  ];
}

function failureOf(
  { lastProbe, observation }: NotReady,
  url: string | undefined,
): Omit<NonNullable<BootFacts['failure']>, 'logs'> {
  const shared = {
    by: 'product' as const,
    openEdges: [],
    ...(lastProbe === undefined ? {} : { lastProbe }),
  };
  if (observation?.ended)
    return { ...shared, kind: 'exited', cause: `${observation.state} before it was ready` };
  const facts = [url === undefined ? [] : `${url} is not ready`, observation?.state ?? []].flat();
  return { ...shared, kind: 'timeout', cause: facts.join('; ') || 'is not ready' };
}

/** The harness does not see the processes of a target, but whether it responds, and from which process. */
function awayTimes({ service, through, availability }: WatchedService): NodeExit[] {
  const { outages, restart } = availability;
  const exits = outages.map(({ fromMs, untilMs, probes, seen }): NodeExit => {
    const reason = `did not respond as it must in ${probes} probes through ${through} (${seen})`;
    return {
      node: service,
      reason,
      outage: true,
      atMs: fromMs,
      ...(untilMs === undefined ? {} : { untilMs }),
    };
  });
  if (restart)
    exits.push({ node: service, reason: 'another process took its place', outage: true, atMs: restart.atMs });
  return exits;
}
