import type { MemoryUse } from './memory-use.ts';

/** Memory after a number of requests. */
export interface MemoryPoint extends MemoryUse {
  /** Requests of the load that the service has completed since the first point. */
  requests: number;
}

/** Requests between two points that say something: over fewer, one collection of garbage is more than a leak. */
const minRequests = 200;
/**
 * The same where a collection of the old objects is in between. What became old while it ran was not judged by it: some
 * megabytes of garbage that the first point has and the second one may not have.
 */
const minRequestsOverCollection = 800;

/**
 * The least that the points prove about the memory that each request keeps: it is at most so much. Objects of the heap
 * and memory outside of it are bounded by themselves, because garbage hides them at different moments. And nobody keeps
 * more than all the memory in use: after enough requests, a single collection of the old objects proves it.
 * @returns bytes per request; undefined when no two points prove anything
 */
export function keptAtMost(points: readonly MemoryPoint[]): number | undefined {
  const inUse = points
    .filter(({ requests }) => requests >= minRequests)
    .map((point) => (point.oldBytes + point.youngBytes + point.externalBytes) / point.requests);
  const [heap, external] = [heapKeptAtMost(points), externalKeptAtMost(points)];
  const inParts = heap === undefined || external === undefined ? [] : [heap + external];
  return least([...inUse, ...inParts]);
}

/**
 * Between two points without a collection of the old objects, whatever is kept is in the difference: it is old or
 * still young at the second point, and the old objects of the first point are all there still. What has survived two
 * collections of the young objects is old, so the old objects of the second point alone have what was kept until before
 * those. The first point after a collection of the old objects may begin a pair that has further ones, because nearly
 * no garbage is in it.
 */
function heapKeptAtMost(points: readonly MemoryPoint[]): number | undefined {
  const grown: number[] = [];
  const agedRequests = points.map((_point, at) => twoSweepsBefore(points, at)?.requests ?? 0);
  points.forEach((first, index) => {
    const previous = points[index - 1];
    const collected = previous !== undefined && previous.majorCollections < first.majorCollections;
    for (let at = index + 1; at < points.length; at += 1) {
      const second = points[at] as MemoryPoint;
      const overCollection = second.majorCollections !== first.majorCollections;
      if (overCollection && !collected) break;
      const enough = overCollection ? minRequestsOverCollection : minRequests;
      const old = second.oldBytes - first.oldBytes;
      const requests = second.requests - first.requests;
      if (requests >= enough) grown.push((old + second.youngBytes) / requests);
      const aged = (agedRequests[at] ?? 0) - first.requests;
      if (aged >= enough) grown.push(old / aged);
    }
  });
  return least(grown);
}

/** Such memory is freed with young objects too, so the lowest figure up to a point after such a collection counts. */
function externalKeptAtMost(points: readonly MemoryPoint[]): number | undefined {
  const grown: number[] = [];
  let lowest = Number.POSITIVE_INFINITY;
  let swept = false;
  points.forEach((first, index) => {
    const previous = points[index - 1];
    lowest = Math.min(lowest, first.externalBytes);
    swept ||= previous !== undefined && first.youngBytes < previous.youngBytes;
    if (!swept) return;
    for (const second of points.slice(index + 1)) {
      const requests = second.requests - first.requests;
      if (requests >= minRequests) grown.push(Math.max(0, second.externalBytes - lowest) / requests);
    }
  });
  return least(grown);
}

/** The last point that two collections of young objects have followed, up to the one at an index. */
function twoSweepsBefore(points: readonly MemoryPoint[], end: number): MemoryPoint | undefined {
  let sweeps = 0;
  for (let at = end; at > 0; at -= 1) {
    const [before, after] = [points[at - 1], points[at]];
    if (before && after && isSweep(before, after)) sweeps += 1;
    if (sweeps === 2) return before;
  }
  return undefined;
}

/** Whether young objects were surely collected in between: a smaller decrease may be a buffer of the allocator. */
function isSweep(before: MemoryPoint, after: MemoryPoint): boolean {
  return after.youngBytes < before.youngBytes / 2;
}

function least(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((one, other) => Math.min(one, other));
}
