/** How much of the load is sent, and for how long. */
export interface LoadProfile {
  /** Iterations per second, of all load generators together. */
  rate: number;
  /** Seconds. */
  duration: number;
}

/** Profiles by name. All have the same requests and limits. */
export const loadProfiles = {
  /** The minimum that can prove the error rate: 80 requests. */
  smoke: { rate: 1, duration: 20 },
  /** That of the check. Far below the capacity of one core, so that overload causes no errors. */
  steady: { rate: 12, duration: 10 },
  /** More than one machine of the platform can serve: for clusters. */
  load: { rate: 200, duration: 300 },
} as const satisfies Readonly<Record<string, LoadProfile>>;
