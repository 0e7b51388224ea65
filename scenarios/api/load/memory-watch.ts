import { setTimeout as pause } from 'node:timers/promises';
import type { CheckContext } from '../../../harness/engine/index.ts';
import type { ServiceName } from '../../../platform/contracts/service.ts';
import type { MemoryPoint } from './kept-memory.ts';
import { type MemoryUse, memoryUse } from './memory-use.ts';

/** Between two looks at all services, milliseconds: about ten collections of young objects are in a second of load. */
const pauseMs = 150;
/** The gateway has a histogram per route and status: more than 1 MiB after all checks. */
const maxMetricsBytes = 16 * 1024 * 1024;

/** What services showed at the end of a watch. */
export type LastUses = ReadonlyMap<ServiceName, MemoryUse | undefined>;

/** What came of the work, and the memory of the services meanwhile. */
export interface Watched<Result> {
  result: Result;
  /**
   * The points of a service that has received so many requests of the work. The service's own counter says only how
   * they are spread over the points, because others send requests too.
   */
  pointsOf(service: ServiceName, requests: number): MemoryPoint[];
  last: LastUses;
}

/**
 * Looks at the memory of services before, again and again during, and after the work.
 * @param options.earlier the end of a watch that this one continues: each look costs the service memory
 * @throws what the work throws; ProductUnreachable when a service does not show its metrics
 */
export async function watchMemory<Result>(
  http: CheckContext['http'],
  { services, earlier }: { services: readonly ServiceName[]; earlier: LastUses },
  work: () => Promise<Result>,
): Promise<Watched<Result>> {
  const seen = new Map<ServiceName, MemoryUse[]>();
  const look = async (at: readonly ServiceName[]) => {
    for (const service of at) {
      const { text } = await http.request(service, '/metrics', { maxBodyBytes: maxMetricsBytes });
      const use = memoryUse(text);
      seen.set(service, [...(seen.get(service) ?? []), ...(use ? [use] : [])]);
    }
  };
  for (const service of services) {
    const use = earlier.get(service);
    if (use) seen.set(service, [use]);
  }
  await look(services.filter((service) => !seen.has(service)));
  const ended = new AbortController();
  const looking = lookUntil(ended.signal, () => look(services));
  // It is awaited after the work, whose own failure comes first.
  looking.catch(() => undefined);
  const result = await work().finally(() => ended.abort());
  await looking;
  await look(services);
  return {
    result,
    pointsOf: (service, requests) => spread(seen.get(service) ?? [], requests),
    last: new Map([...seen].map(([service, uses]) => [service, uses.at(-1)])),
  };
}

async function lookUntil(signal: AbortSignal, look: () => Promise<void>): Promise<void> {
  for (;;) {
    await pause(pauseMs);
    if (signal.aborted) return;
    await look();
  }
}

function spread(uses: readonly MemoryUse[], requests: number): MemoryPoint[] {
  const first = uses[0]?.completedRequests ?? 0;
  const all = (uses.at(-1)?.completedRequests ?? 0) - first;
  // A counter that stands still spreads nothing: no point is far from another then, and nothing is proven.
  return uses.map((use) => ({
    ...use,
    requests: all > 0 ? Math.round(((use.completedRequests - first) / all) * requests) : 0,
  }));
}
