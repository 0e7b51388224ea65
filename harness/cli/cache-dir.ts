import { join } from 'node:path';
import type { CommandContext } from './command-context.ts';

/** Where bundles, the prepared database and the record of `up` are kept between runs. */
export function cacheDirOf(context: Pick<CommandContext, 'settings' | 'packageRoot'>): string {
  return context.settings.cacheDir ?? join(context.packageRoot, '.cache');
}
