import type { LoadResult } from '../../../harness/engine/index.ts';
import type { MemoryUse } from './memory-use.ts';

/** Memory that each request may keep, bytes. Garbage that waits for its collection counts too. */
const maxKeptBytes = 12 * 1024;
/** How much each request may be slower than the one before, milliseconds. */
const maxSlowingMs = 0.02;
/** A smaller difference between two halves is noise, milliseconds. */
const noiseMs = 6;

/** What a number of requests has changed in one service. */
export interface Round {
  requests: number;
  /** Median times of both halves, milliseconds; null without expected responses. */
  halvesP50Ms: readonly (number | null)[];
  /** Absent when the service shows no memory. */
  memory?: { before: MemoryUse; after: MemoryUse };
}

/** @param options.viaGateway services whose requests pass through the gateway */
export function roundOf(
  service: string,
  options: {
    result: Pick<LoadResult, 'steps' | 'parts'>;
    before: MemoryUse | undefined;
    after: MemoryUse | undefined;
    viaGateway: readonly string[];
  },
): Round {
  const { result, before, after, viaGateway } = options;
  const memory = before && after ? { memory: { before, after } } : {};
  if (service === 'gateway') {
    const requests = result.steps
      .filter(({ name }) => viaGateway.includes(name))
      .reduce((sum, { total }) => sum + total, 0);
    return { requests, halvesP50Ms: result.parts.map(({ p50Ms }) => p50Ms), ...memory };
  }
  const step = result.steps.find(({ name }) => name === service);
  return { requests: step?.total ?? 0, halvesP50Ms: step?.partsP50Ms ?? [], ...memory };
}

/** How much each request was slower than the one before, milliseconds; 0 within noise. */
export function slowingMs({ requests, halvesP50Ms: [first, second] }: Round): number {
  // Without expected responses nothing can be slower; their failures are reported by themselves.
  if (typeof first !== 'number' || typeof second !== 'number' || second - first < noiseMs) return 0;
  return (second - first) / (requests / 2);
}

/** Memory kept by each request, bytes; undefined without figures. */
function keptBytes({ requests, memory }: Pick<Round, 'requests' | 'memory'>): number | undefined {
  return memory && requests > 0 ? (memory.after.keptBytes - memory.before.keptBytes) / requests : undefined;
}

/** Without a collection in between, kept memory cannot shrink: what a leak keeps is in the difference. */
const provesLevel = (round: Round): boolean =>
  round.memory?.after.majorCollections === round.memory?.before.majorCollections &&
  (keptBytes(round) ?? Number.POSITIVE_INFINITY) <= maxKeptBytes;

/** The rounds of which one can prove that memory stays level. In more of them, chance would prove it of a leak too. */
export const provingRounds = 4;

const memoryIsLevel = (rounds: readonly Round[]): boolean => rounds.slice(0, provingRounds).some(provesLevel);

/** Whether one of the rounds has shown that times stay level. */
export function hasLevelTimes(rounds: readonly Round[]): boolean {
  return rounds.some((round) => slowingMs(round) <= maxSlowingMs);
}

/** Whether one of the rounds has shown that times stay level, and one that memory does. */
export function isLevel(rounds: readonly Round[]): boolean {
  return hasLevelTimes(rounds) && memoryIsLevel(rounds);
}

/**
 * What no round could refute: growth that continues is in each of them, noise is not.
 * @returns one sentence for each, or nothing
 */
export function growthIn(
  service: string,
  rounds: readonly Round[],
): { slowing: readonly string[]; leaking: readonly string[] } {
  const requests = rounds.reduce((sum, round) => sum + round.requests, 0);
  const slowest = Math.min(...rounds.map(slowingMs));
  const slowing =
    slowest > maxSlowingMs
      ? [
          `${service}: each request takes ${slowest.toFixed(3)} ms longer than the one before, over ${requests} requests`,
        ]
      : [];
  if (memoryIsLevel(rounds)) return { slowing, leaking: [] };
  const before = rounds[0]?.memory?.before;
  const after = rounds.at(-1)?.memory?.after;
  if (before === undefined || after === undefined)
    return { slowing, leaking: [`${service}: /metrics does not show its memory`] };
  const kept = keptBytes({ requests, memory: { before, after } }) ?? 0;
  return {
    slowing,
    leaking:
      kept > maxKeptBytes
        ? [`${service}: each request keeps ${(kept / 1024).toFixed(1)} KiB, over ${requests} requests`]
        : [],
  };
}
