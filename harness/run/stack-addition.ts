/** What `--with` can add to the platform of a run. */
export const stackAdditions = ['high-availability'] as const;
export type StackAddition = (typeof stackAdditions)[number];
