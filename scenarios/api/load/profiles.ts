import type { LoadStage } from '../../../harness/engine/index.ts';

/** A load over time, as data. All have the same mix of requests. */
export interface LoadProfile {
  description: string;
  stages: readonly LoadStage[];
  /** Simulated users with data of their own. */
  users: number;
  /**
   * Whether the load ends before its last stage once the platform no longer keeps up: a staircase has found its knee.
   */
  seeksKnee?: true;
}

/** Each step of the staircase sends a half more than the one before. Iterations per second. */
const staircase = Array.from({ length: 12 }, (_, step) => ({
  rate: Math.round(10 * 1.5 ** step),
  duration: 5,
}));

/**
 * Profiles of `readiness load`. `smoke` is also that of every run. One iteration is 1 to 3 requests, 2 on average; rates
 * are iterations per second.
 */
export const profiles = {
  smoke: {
    description: 'far below the capacity of one core, so that overload causes no errors',
    stages: [{ rate: 20, duration: 4 }],
    users: 4,
  },
  load: { description: 'a busy working day', stages: [{ rate: 40, duration: 60 }], users: 50 },
  stress: {
    description: 'a staircase, each step a half higher, until the platform no longer keeps up',
    stages: staircase,
    users: 50,
    seeksKnee: true,
  },
  spike: {
    description: 'a crowd that arrives at once and leaves again',
    stages: [
      { rate: 10, duration: 10 },
      { rate: 150, duration: 10 },
      { rate: 10, duration: 20 },
    ],
    users: 50,
  },
  soak: { description: 'normal load for a long time', stages: [{ rate: 15, duration: 1_800 }], users: 30 },
} as const satisfies Readonly<Record<string, LoadProfile>>;
export type ProfileName = keyof typeof profiles;
