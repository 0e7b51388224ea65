/** What `--with` can add to the platform. */
export const stackAdditions = ['monitoring', 'high-availability', 'restarts'] as const;
export type StackAddition = (typeof stackAdditions)[number];

/** What `--without` leaves out of a run. */
export const runParts = ['drills'] as const;
export type RunPart = (typeof runParts)[number];
