import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { type ServiceName, serviceNames } from '../../../../platform/contracts/service.ts';
import type { Target } from '../target.ts';
import { type Availability, assessAvailability, intervalMs, minSpanMs } from './assess-availability.ts';
import {
  type AvailabilityProbe,
  type Get,
  probeDirectly,
  probeLimitMs,
  probeThroughGateway,
  type Sighting,
} from './availability-probe.ts';

/** A watch that saw too little after this time will not see more, milliseconds. */
const longEnoughMs = minSpanMs + 2 * (intervalMs + probeLimitMs);

/** What the harness saw of one service of a target from the first check to the last. */
export interface WatchedService {
  service: ServiceName;
  /** `gateway`: the target gives no address of the service, and the gateway reports its state. */
  through: 'its own address' | 'the gateway';
  probes: readonly AvailabilityProbe[];
  availability: Availability;
}

/** Probes every service of a target during a run. */
export interface AvailabilityWatch extends AsyncDisposable {
  /** What was seen so far. */
  services(): WatchedService[];
  /** Waits until the probes suffice, at most until 42 s after the start, and ends the watch. */
  finish(signal: AbortSignal): Promise<void>;
}

export interface WatchOptions {
  target: Pick<Target, 'services'>;
  /** Default: GET without keep-alive, at most 5 s. */
  get?: Get;
  /** Default: 2 s. */
  everyMs?: number;
}

/** Starts at once. A probe never overlaps the next one of its service. */
export function watchAvailability(options: WatchOptions): AvailabilityWatch {
  const { target, everyMs = intervalMs } = options;
  // A connection of its own per probe: the server may close an idle one at any time.
  const agent = new Agent({ pipelining: 0 });
  const get = options.get ?? ((url) => getJson(url, agent));
  const ended = new AbortController();
  const endMs = performance.now() + longEnoughMs;
  const seen = new Map<ServiceName, AvailabilityProbe[]>(
    serviceNames.filter((name) => name !== 'frontend' || target.services.frontend).map((name) => [name, []]),
  );
  const record = (name: ServiceName, startMs: number, sighting: Sighting): void => {
    const probe = { atMs: startMs, durationMs: performance.now() - startMs, ...sighting };
    // A probe that the end of the watch has cut short saw nothing.
    if (!ended.signal.aborted) seen.get(name)?.push(probe);
  };
  const repeat = async (probe: (startMs: number) => Promise<void>): Promise<void> => {
    while (!ended.signal.aborted) {
      const startMs = performance.now();
      await probe(startMs);
      const restMs = Math.max(0, startMs + everyMs - performance.now());
      await delay(restMs, undefined, { signal: ended.signal }).catch(() => undefined);
    }
  };
  const names = [...seen.keys()];
  const unreachable = names.filter((name) => target.services[name] === undefined);
  const loops = names.flatMap((name) => {
    const url = target.services[name];
    if (url === undefined) return [];
    return [repeat(async (startMs) => record(name, startMs, await probeDirectly(name, url, get)))];
  });
  if (unreachable.length > 0)
    loops.push(
      repeat(async (startMs) => {
        const states = await probeThroughGateway(unreachable, target.services.gateway, get);
        for (const [name, sighting] of states) record(name, startMs, sighting);
      }),
    );
  const stop = async (): Promise<void> => {
    ended.abort();
    await agent.destroy();
    await Promise.all(loops);
  };
  const services = (): WatchedService[] =>
    [...seen].map(([service, probes]) => ({
      service,
      through: unreachable.includes(service) ? 'the gateway' : 'its own address',
      probes,
      availability: assessAvailability(probes),
    }));
  return {
    services,
    async finish(signal) {
      const isOpen = (): boolean => services().some(({ availability }) => availability.insufficient);
      while (!signal.aborted && !ended.signal.aborted && performance.now() < endMs && isOpen())
        await delay(Math.min(200, everyMs), undefined, { signal }).catch(() => undefined);
      await stop();
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function getJson(url: string, dispatcher: Agent): ReturnType<Get> {
  try {
    const { statusCode, body } = await request(url, {
      dispatcher,
      signal: AbortSignal.timeout(probeLimitMs),
    });
    const text = await body.text();
    return { status: statusCode, json: parse(text) };
  } catch (error) {
    const { name, code, message } = error as Error & { code?: string };
    return name === 'TimeoutError' ? `no response within ${probeLimitMs} ms` : (code ?? message);
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
