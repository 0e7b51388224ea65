import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readBuildContext } from '../../runtime/build-context/build-context.ts';
import type { CheckoutChange } from '../change.ts';
import { patchSource } from './patch-source.ts';

/** Files of the repository that the builder reads, and that are no part of what it gets. */
const besides = ['Dockerfile', '.dockerignore'];

/**
 * Copies what the builder of the image gets, with changed files.
 * @param options.folder new folder for the copy; the caller removes it
 * @returns the root of the copy; that of the repository when nothing is changed
 */
export async function changedCheckout(
  changes: readonly CheckoutChange[],
  { packageRoot, folder }: { packageRoot: string; folder: string },
): Promise<string> {
  if (changes.length === 0) return packageRoot;
  const { files } = await readBuildContext(packageRoot);
  await mkdir(folder, { recursive: true });
  for (const file of new Set([...files, ...besides])) {
    if (!existsSync(join(packageRoot, file))) continue;
    await mkdir(join(folder, dirname(file)), { recursive: true });
    await cp(join(packageRoot, file), join(folder, file), { verbatimSymlinks: true });
  }
  await symlink(join(packageRoot, 'node_modules'), join(folder, 'node_modules'));
  for (const change of changes) {
    // The copy uses the installed packages themselves, which must not change.
    if (change.file.startsWith('node_modules/')) continue;
    const path = join(folder, change.file);
    await writeFile(path, patchSource(await readFile(path, 'utf8'), change));
  }
  return folder;
}
