import type { Programs } from '../../runtime/programs/programs.ts';
import type { StackPlan } from '../../runtime/runtime.ts';
import type { Change } from '../change.ts';
import { patchedPrograms } from './patched-programs.ts';
import { withEnvironment } from './with-environment.ts';

/**
 * What a boot with the changes of the environment and of the source needs. Other changes are skipped.
 * @param options.folder new folder for a copy of the source; the caller removes it
 */
export function openBootChanges(
  changes: readonly Change[],
  options: { stack: StackPlan; packageRoot: string; cacheDir: string; folder: string },
): { stack: StackPlan; programs?: Programs } {
  const { stack, ...places } = options;
  const sources = changes.filter((change) => change.kind === 'source');
  return {
    stack: changes
      .filter((change) => change.kind === 'environment')
      .reduce((plan, change) => withEnvironment(plan, change), stack),
    ...(sources.length > 0 ? { programs: patchedPrograms({ ...places, sources }) } : {}),
  };
}
