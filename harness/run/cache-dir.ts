import { join } from 'node:path';
import type { RunContext } from './run-context.ts';

/** Where bundles, the prepared database and the record of `up` are kept between runs. */
export function cacheDirOf(context: Pick<RunContext, 'settings' | 'packageRoot'>): string {
  return context.settings.cacheDir ?? join(context.packageRoot, '.cache');
}
