import { existsSync, readFileSync } from 'node:fs';
import { readdir, readlink } from 'node:fs/promises';
import { isAbsolute, join, posix, relative, resolve, sep } from 'node:path';
import dockerignore from '@balena/dockerignore';

/**
 * Whether a path is part of the build context. `excluded`: `.dockerignore` leaves it out. `outside`: it is not below
 * the repository.
 */
export type PathState = 'present' | 'excluded' | 'missing' | 'outside';

/** The files that the builder of the image receives. */
export interface BuildContext {
  /** Absolute path of the repository. */
  readonly root: string;
  /** Files and symbolic links, relative to the repository, separated by `/`, sorted. */
  readonly files: readonly string[];
  /** Symbolic links with their targets as they are written in the link. */
  readonly links: ReadonlyMap<string, string>;
  /** The path, relative to the repository unless absolute, may name a file or a folder. */
  state(path: string): PathState;
}

/** Folders that no source is in, and that have too many files to list. */
const skipped = new Set(['.git', 'node_modules']);

/** Lists the files of a repository that its `.dockerignore` leaves in the build context. */
export async function readBuildContext(root: string): Promise<BuildContext> {
  const patterns = existsSync(join(root, '.dockerignore'))
    ? readFileSync(join(root, '.dockerignore'), 'utf8').split('\n')
    : [];
  const filter = dockerignore.default().add(patterns);
  const exceptions = patterns
    .map((pattern) => pattern.trim())
    .filter((pattern) => pattern.startsWith('!'))
    .map((pattern) => posix.normalize(pattern.slice(1)).replace(/^\/+/, ''));
  const mayHoldExceptions = (folder: string): boolean =>
    exceptions.some((exception) => exception.includes('*') || exception.startsWith(`${folder}/`));
  const files: string[] = [];
  const folders = new Set(['']);
  const links = new Map<string, string>();

  const list = async (folder: string): Promise<void> => {
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      const path = posix.join(folder, entry.name);
      const ignored = filter.ignores(path);
      if (entry.isDirectory()) {
        if (!skipped.has(entry.name) && (!ignored || mayHoldExceptions(path))) await list(path);
      } else if (!ignored) {
        files.push(path);
        for (let parent = posix.dirname(path); parent !== '.'; parent = posix.dirname(parent))
          folders.add(parent);
        if (entry.isSymbolicLink()) links.set(path, await readlink(join(root, path)));
      }
    }
  };
  await list('');
  const present = new Set(files);
  return {
    root,
    files: files.sort(),
    links,
    state(path) {
      const inside = relative(root, resolve(root, path)).split(sep).join('/');
      if (inside === '..' || inside.startsWith('../') || isAbsolute(inside)) return 'outside';
      if (present.has(inside) || folders.has(inside)) return 'present';
      return existsSync(join(root, inside)) ? 'excluded' : 'missing';
    },
  };
}
