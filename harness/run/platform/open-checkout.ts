import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MissingCapability } from '../../engine/failures/missing-capability.ts';
import type { Checkout } from '../../engine/instruments/checkout.ts';
import { patchSource } from '../../faults/boot/patch-source.ts';
import type { CheckoutChange } from '../../faults/change.ts';

/**
 * The files below a root, with changes that only the reader sees.
 * @throws Error on reading a file that a change does not fit
 */
export function openCheckout(root: string, changes: readonly CheckoutChange[] = []): Checkout {
  const absent = (error: NodeJS.ErrnoException): undefined => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  };
  return {
    async text(path) {
      const text = await readFile(join(root, path), 'utf8').catch(absent);
      return changes
        .filter(({ file }) => file === path)
        .reduce((changed, change) => changed && patchSource(changed, change), text);
    },
    names: async (path) => (await readdir(join(root, path)).catch(absent)) ?? [],
    tracked: () => trackedFiles(root),
  };
}

/** Maximum length of the list of files, bytes. */
const listLength = 64 * 1024 * 1024;

async function trackedFiles(root: string): Promise<string[]> {
  const git = promisify(execFile);
  const { stdout } = await git('git', ['-C', root, 'ls-files', '-z'], { maxBuffer: listLength }).catch(() => {
    throw new MissingCapability('source-checkout', 'Run in a clone of the repository, with git installed.');
  });
  return stdout
    .split('\0')
    .filter((path) => path !== '')
    .sort();
}
