/** What `--with` can add to the platform. */
export const stackAdditions = ['monitoring', 'high-availability'] as const;
export type StackAddition = (typeof stackAdditions)[number];
