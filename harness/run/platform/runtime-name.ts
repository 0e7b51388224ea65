/** The runtimes that boot the platform, as the command line names them. */
export const runtimeNames = ['process', 'testcontainers', 'compose'] as const;
export type RuntimeName = (typeof runtimeNames)[number];
