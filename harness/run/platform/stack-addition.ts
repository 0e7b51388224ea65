/** What `--with` can add to the platform and its checks. */
export const stackAdditions = ['monitoring', 'high-availability', 'restarts', 'deep-fuzzing'] as const;
export type StackAddition = (typeof stackAdditions)[number];

/** What `--without` leaves out of a run. */
export const runParts = ['drills'] as const;
export type RunPart = (typeof runParts)[number];
