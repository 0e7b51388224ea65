import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/** Files that never run: nothing that is built from the sources depends on them. */
const ignored = /\.test\.ts$|\.md$|\.snap$/;

/**
 * SHA-256 of the names and contents of all files in the given paths, except tests, and of the given values. File
 * times do not count: a new clone gets the same digest.
 */
export async function digestSources(options: {
  root: string;
  paths: readonly string[];
  values: readonly string[];
}): Promise<string> {
  const files = (await Promise.all(options.paths.map((path) => listFiles(join(options.root, path)))))
    .flat()
    .sort();
  const contents = await Promise.all(files.map((file) => readFile(file)));
  const hash = createHash('sha256');
  for (const value of options.values) hash.update(`${value.length}:${value}\n`);
  for (const [index, file] of files.entries()) {
    const content = contents[index] as Buffer;
    hash.update(`${relative(options.root, file).split(sep).join('/')} ${content.length}\n`);
    hash.update(content);
  }
  return hash.digest('hex');
}

async function listFiles(path: string): Promise<string[]> {
  try {
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && !ignored.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTDIR') return [path];
    if (code === 'ENOENT') return [];
    throw error;
  }
}
