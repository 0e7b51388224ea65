/** What `--with` can add to the platform. */
export const stackAdditions = ['monitoring', 'high-availability', 'restarts'] as const;
export type StackAddition = (typeof stackAdditions)[number];
