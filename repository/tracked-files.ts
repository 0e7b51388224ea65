import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';

/** Root folder of the repository. */
export const root = resolve(import.meta.dirname, '..');

/** Paths of all files that git tracks or does not ignore, relative to the root, with forward slashes. */
export function trackedFiles(): string[] {
  const output = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return [...new Set(output.split('\0'))].filter((file) => file !== '');
}
