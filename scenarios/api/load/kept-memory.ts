import type { MemoryUse } from './memory-use.ts';

/** Memory after a number of requests. */
export interface MemoryPoint extends MemoryUse {
  /** Requests of the load that the service has completed since the first point. */
  requests: number;
}

/** Requests between two points that say something: over fewer, one collection of garbage is more than a leak. */
const minRequests = 200;

/**
 * The least that the points prove about the memory that each request keeps: it is at most so much.
 *
 * Between two points without a collection of the old objects, whatever is kept is in the difference: it is old or
 * still young at the second point, and the old objects of the first point are all there still. The first point after
 * a collection of the old objects may begin a pair that has further ones, because nearly no garbage is in it. Memory
 * outside of the heap is freed with young objects too, so the first point must follow such a collection, and the
 * difference to the lowest figure up to it counts. And nobody keeps more than all the memory in use: after enough
 * requests, a single collection of the old objects proves it.
 * @returns bytes per request; undefined when no two points prove anything
 */
export function keptAtMost(points: readonly MemoryPoint[]): number | undefined {
  let least: number | undefined;
  let lowestExternal = Number.POSITIVE_INFINITY;
  let swept = false;
  points.forEach((first, index) => {
    if (first.requests >= minRequests) {
      const inUse = first.oldBytes + first.youngBytes + first.externalBytes;
      least = Math.min(least ?? Number.POSITIVE_INFINITY, inUse / first.requests);
    }
    const previous = points[index - 1];
    lowestExternal = Math.min(lowestExternal, first.externalBytes);
    swept ||= previous !== undefined && first.youngBytes < previous.youngBytes;
    if (!swept) return;
    const collected = previous !== undefined && previous.majorCollections < first.majorCollections;
    for (const second of points.slice(index + 1)) {
      if (!collected && second.majorCollections !== first.majorCollections) break;
      const requests = second.requests - first.requests;
      if (requests < minRequests) continue;
      const heap = second.oldBytes + second.youngBytes - first.oldBytes;
      const kept = heap + Math.max(0, second.externalBytes - lowestExternal);
      least = Math.min(least ?? Number.POSITIVE_INFINITY, kept / requests);
    }
  });
  return least;
}
