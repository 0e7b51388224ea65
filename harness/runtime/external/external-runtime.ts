import { setTimeout as delay } from 'node:timers/promises';
import { serviceNames } from '../../../platform/contracts/service.ts';
import { timeLimit } from '../../async/time-limit.ts';
import type { BootFacts } from '../../evidence/facts.ts';
import type { BootedStack, BootOptions, NodeExit, Runtime, StackPlan } from '../runtime.ts';
import { databaseRoles } from '../stack/service-environment.ts';
import type { Target } from './target.ts';
import { type ReadSecret, targetAddresses, targetCapabilities } from './target-addresses.ts';
import {
  type AvailabilityWatch,
  type WatchedService,
  watchAvailability,
} from './watch/availability-watch.ts';

/** Maximum time of one probe, and the pause between two, milliseconds. */
const probeLimitMs = 5_000;
const pauseMs = 500;

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
 * and then probes them until `stop`. `stop` stops nothing else.
 */
export function createExternalRuntime(options: { target: Target; readSecret: ReadSecret }): ExternalRuntime {
  const { target, readSecret } = options;
  return {
    async boot({ bootTimeoutMs }, bootOptions): Promise<ExternalStack> {
      const addresses = targetAddresses(target, readSecret);
      using limit = timeLimit(bootTimeoutMs);
      const signal = AbortSignal.any([limit.signal, bootOptions.signal]);
      const startedAt = performance.now();
      const boot = await Promise.all(
        Object.entries(addresses.services).map(async ([node, url]): Promise<BootFacts> => {
          const { onEvent } = bootOptions;
          onEvent?.({ type: 'starting', node, atMs: performance.now() - startedAt });
          const lastProbe = await waitUntilReady({ node, url, signal });
          const atMs = performance.now() - startedAt;
          if (lastProbe === undefined) {
            onEvent?.({ type: 'ready', node, atMs });
            return { node, kind: 'service', state: 'ready', readyAfterMs: atMs };
          }
          const cause = `${url} is not ready`;
          onEvent?.({ type: 'failed', node, atMs, cause });
          return {
            node,
            kind: 'service',
            state: 'failed',
            failure: { cause, kind: 'timeout', by: 'product', lastProbe, openEdges: [], logs: [] },
          };
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
        logWatch: { watch: () => undefined, logs: () => [] },
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

/** @returns the last observation if the service does not become ready; undefined when it is ready. */
async function waitUntilReady(options: {
  node: string;
  url: string;
  signal: BootOptions['signal'];
}): Promise<string | undefined> {
  const { node, url, signal } = options;
  let last = 'GET /ready: no response';
  while (!signal.aborted) {
    try {
      const response = await fetch(`${url}/ready`, {
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(probeLimitMs)]),
      });
      const body = (await response.json().catch(() => undefined)) as { status?: string; service?: string };
      if (response.status === 200 && body?.status === 'ready' && body.service === node) return undefined;
      last = `GET /ready → ${response.status}, service ${JSON.stringify(body?.service)}, status ${JSON.stringify(body?.status)}`;
      // A platform with another contract responds, too. Its checks say how it differs.
      if (response.status === 404) return await otherServiceAt(url, { node, signal });
      // Only 503 may change by waiting: another service, or another contract, stays what it is.
      if (response.status !== 503) return last;
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      if (!signal.aborted) last = `GET /ready: ${cause instanceof Error ? cause.message : String(cause)}`;
    }
    await delay(pauseMs, undefined, { signal }).catch(() => undefined);
  }
  return last;
}

/** @returns what `/health` says if it names another service than the expected one; undefined otherwise */
async function otherServiceAt(
  url: string,
  { node, signal }: { node: string; signal: BootOptions['signal'] },
): Promise<string | undefined> {
  const response = await fetch(`${url}/health`, {
    redirect: 'manual',
    signal: AbortSignal.any([signal, AbortSignal.timeout(probeLimitMs)]),
  });
  const body = (await response.json().catch(() => undefined)) as { service?: string } | undefined;
  const other = serviceNames.find((name) => name === body?.service && name !== node);
  return other && `GET /ready → 404, and GET /health names ${other}`;
}
