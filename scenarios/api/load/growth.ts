import type { LoadResult } from '../../../harness/engine/index.ts';
import { keptAtMost, type MemoryPoint } from './kept-memory.ts';

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
  /** Whether the generator was late: times that grow are not the service's then. */
  saturated: boolean;
  /** Memory from before to after the requests. Empty when the service shows none. */
  memory: readonly MemoryPoint[];
}

/** How many requests a load has sent under one of the names, and their median times in both halves of it. */
export function requestsOf(
  { steps, parts, generator }: Pick<LoadResult, 'steps' | 'parts' | 'generator'>,
  names: readonly string[],
): Omit<Round, 'memory'> {
  const found = steps.filter(({ name }) => names.includes(name));
  return {
    requests: found.reduce((sum, { total }) => sum + total, 0),
    saturated: generator.saturated !== undefined,
    halvesP50Ms: found.length === 1 ? (found[0]?.partsP50Ms ?? []) : parts.map(({ p50Ms }) => p50Ms),
  };
}

/** How much each request was slower than the one before, milliseconds; 0 within noise. */
export function slowingMs({ requests, halvesP50Ms: [first, second] }: Round): number {
  // Without expected responses nothing can be slower; their failures are reported by themselves.
  if (typeof first !== 'number' || typeof second !== 'number' || second - first < noiseMs) return 0;
  return (second - first) / (requests / 2);
}

/** The points of all rounds in a row: each round goes on where the one before ended. */
function pointsOf(rounds: readonly Round[]): MemoryPoint[] {
  let earlier = 0;
  return rounds.flatMap(({ requests, memory }) => {
    const points = memory.map((point) => ({ ...point, requests: earlier + point.requests }));
    earlier += requests;
    return points;
  });
}

/** Bytes that each request keeps at most; undefined when nothing is proven. */
const keptIn = (rounds: readonly Round[]): number | undefined => keptAtMost(pointsOf(rounds));

const isLittle = (kept: number | undefined): kept is number => kept !== undefined && kept <= maxKeptBytes;

/** Whether one of the rounds has shown that times stay level. */
export function hasLevelTimes(rounds: readonly Round[]): boolean {
  return rounds.some((round) => slowingMs(round) <= maxSlowingMs);
}

/** Whether one of the rounds has shown that times stay level, and all of them that memory does. */
export function isLevel(rounds: readonly Round[]): boolean {
  return hasLevelTimes(rounds) && isLittle(keptIn(rounds));
}

/**
 * What the rounds could not refute: times that grow do so in each of them, and memory that is kept shows between any
 * two points.
 * @param name whose requests they are, e.g. a service
 * @returns one sentence for each, or nothing
 */
export function growthIn(
  name: string,
  rounds: readonly Round[],
): { slowing: readonly string[]; leaking: readonly string[] } {
  const requests = rounds.reduce((sum, round) => sum + round.requests, 0);
  const slowest = Math.min(...rounds.map(slowingMs));
  const slowing =
    slowest > maxSlowingMs
      ? [
          `${name}: each request takes ${slowest.toFixed(3)} ms longer than the one before, over ${requests} requests`,
        ]
      : [];
  const kept = keptIn(rounds);
  if (isLittle(kept)) return { slowing, leaking: [] };
  return {
    slowing,
    leaking: [
      kept === undefined
        ? `${name}: /metrics does not show its memory over ${requests} requests`
        : `${name}: each request keeps ${(kept / 1024).toFixed(1)} KiB, over ${requests} requests`,
    ],
  };
}
