import type { Programs } from '../../runtime/programs/programs.ts';
import type { StackPlan } from '../../runtime/runtime.ts';
import type { Change, LinkChange } from '../change.ts';
import { type Link, openLink } from '../link/open-link.ts';
import { holdPort } from './hold-port.ts';
import { patchedPrograms } from './patched-programs.ts';
import { withEnvironment } from './with-environment.ts';
import { withLink } from './with-link.ts';

/** What a boot with changes needs, until it is disposed. */
export interface BootChanges extends AsyncDisposable {
  readonly stack: StackPlan;
  /** Changed programs; absent where the source is not changed. */
  readonly programs?: Programs;
  /** The links through which services reach what they call. They pass everything on: `applyChanges` sets the faults. */
  readonly links: ReadonlyMap<LinkChange, Link>;
}

/**
 * Opens what a boot with the changes of environment, source, ports and links needs. Other changes are skipped.
 * @param options.folder new folder for a copy of the source; the caller removes it
 */
export async function openBootChanges(
  changes: readonly Change[],
  options: { stack: StackPlan; packageRoot: string; cacheDir: string; folder: string },
): Promise<BootChanges> {
  const { stack: unchanged, ...places } = options;
  await using opened = new AsyncDisposableStack();
  const links = new Map<LinkChange, Link>();
  let stack = unchanged;
  for (const change of changes) {
    if (change.kind === 'environment') stack = withEnvironment(stack, change);
    else if (change.kind === 'port') stack = opened.use(await holdPort(stack, change)).stack;
    else if (change.kind === 'link') {
      const link = opened.use(await openLink());
      links.set(change, link);
      stack = withLink(stack, change, link);
    }
  }
  const sources = changes.filter((change) => change.kind === 'source');
  const owned = opened.move();
  return {
    stack,
    ...(sources.length > 0 ? { programs: patchedPrograms({ ...places, sources }) } : {}),
    links,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
