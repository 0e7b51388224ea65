import { seededRandom } from '../../../engine/instruments/seeded-random.ts';

export const stormedStores = ['redis', 'postgres'] as const;
export type StormedStore = (typeof stormedStores)[number];

/** One blow of the storm. */
export interface Blow {
  /** Time since the blow before, milliseconds. */
  pauseMs: number;
  /** A store that is restarted at the same time. */
  store: StormedStore | undefined;
  /** Chooses the process to kill among those that run. */
  choose(running: readonly string[]): string | undefined;
}

/** Bounds of the pause between two kills, milliseconds. */
const pause = { minMs: 2_000, maxMs: 5_000 } as const;
/** The kills with which stores are restarted: one of the first ones each, while flows run. */
const firstKills = 4;

/** The endless sequence of blows of a seed: a process is killed every 2 to 5 s, and each store is restarted once. */
export function* planStorm(seed: number): Generator<Blow, never> {
  const random = seededRandom(seed, 'storm');
  const below = (bound: number): number => Math.floor(random() * bound);
  const redisAt = 1 + below(firstKills);
  const others = Array.from({ length: firstKills }, (_none, index) => index + 1).filter(
    (kill) => kill !== redisAt,
  );
  const postgresAt = others[below(others.length)];
  for (let kill = 1; ; kill += 1) {
    const pauseMs = pause.minMs + below(pause.maxMs - pause.minMs + 1);
    const pick = random();
    yield {
      pauseMs,
      store: kill === redisAt ? 'redis' : kill === postgresAt ? 'postgres' : undefined,
      choose: (running) => running[Math.floor(pick * running.length)],
    };
  }
}
