import { dirname, join, relative } from 'node:path';
import type { ContextFinding } from '../../engine/build-context-report.ts';
import type { BuildContext } from './build-context.ts';
import { stateFixes, stateTexts } from './describe-state.ts';

/** Symbolic links of the build context whose target the builder does not have. */
export function findLinkedFiles(context: BuildContext): ContextFinding[] {
  return [...context.links].flatMap(([link, target]) => {
    const path = join(context.root, dirname(link), target);
    const state = target.startsWith('/')
      ? context.state(target)
      : context.state(relative(context.root, path));
    // In the image an absolute target is another file, also when it is below the repository here.
    if (state === 'present' && !target.startsWith('/')) return [];
    return {
      what: `The symbolic link leads to ${target}, which ${state === 'present' ? 'has another path in the image' : stateTexts[state]}.`,
      where: link,
      fix:
        state === 'present'
          ? 'Make the link relative.'
          : `Replace the link by the file. Else: ${stateFixes[state]}`,
    };
  });
}
