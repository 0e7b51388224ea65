import type { PathState } from './build-context.ts';

/** The end of a sentence about a path that the builder needs and does not get. */
export const stateTexts: Readonly<Record<Exclude<PathState, 'present'>, string>> = {
  outside: 'is outside of the build context',
  excluded: 'is left out of the build context by .dockerignore',
  missing: 'does not exist',
};

/** How to fix each state, for a path that belongs into the repository. */
export const stateFixes: Readonly<Record<Exclude<PathState, 'present'>, string>> = {
  outside: 'Move it into the repository, or publish it as a package and name its version.',
  excluded: 'Add an exception to .dockerignore: a line with ! and the path.',
  missing: 'Correct the path, or commit the file.',
};
