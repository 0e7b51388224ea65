import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/** A file of a build context. */
export interface ContextFile {
  /** Relative to the root of the context, with `/`. */
  name: string;
  content: Buffer;
}

/**
 * The files from which the image is built, by the rules of `.dockerignore`, and the Dockerfile, sorted by name. The
 * rules must exclude everything first, so only the folders that they name are read.
 * @throws Error for a `.dockerignore` whose first rule is not `*`
 */
export async function readBuildContext(root: string): Promise<ContextFile[]> {
  const {
    default: { default: dockerignore },
  } = await import('@balena/dockerignore');
  const rules = (await readFile(join(root, '.dockerignore'), 'utf8'))
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (rules[0] !== '*') throw new Error(`${join(root, '.dockerignore')}: the first rule must be *`);
  const named = rules.filter((rule) => rule.startsWith('!')).map((rule) => rule.slice(1));
  const found = (await Promise.all(named.map((path) => listFiles(root, path)))).flat();
  const names = new Set(dockerignore({ ignorecase: false }).add(rules).filter(found)).add('Dockerfile');
  return Promise.all(
    [...names].sort().map(async (name) => ({ name, content: await readFile(join(root, name)) })),
  );
}

/** SHA-256 of names and contents, and of the given values. Times and owners of files do not count. */
export function digestContext(files: readonly ContextFile[], values: readonly string[]): string {
  const hash = createHash('sha256');
  for (const value of values) hash.update(`${value.length}:${value}\n`);
  for (const { name, content } of files) hash.update(`${name} ${content.length}\n`).update(content);
  return hash.digest('hex');
}

/** The context as a tar archive. All files have the same mode and time, so the engine's cache sees only contents. */
export async function packContext(files: readonly ContextFile[]): Promise<NodeJS.ReadableStream> {
  const { pack } = await import('tar-stream');
  const archive = pack();
  for (const { name, content } of files) archive.entry({ name, mode: 0o644, mtime: new Date(0) }, content);
  archive.finalize();
  return archive as unknown as NodeJS.ReadableStream;
}

async function listFiles(root: string, path: string): Promise<string[]> {
  try {
    const entries = await readdir(join(root, path), { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOTDIR') return [path];
    if (code === 'ENOENT') return [];
    throw error;
  }
}
