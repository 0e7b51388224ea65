import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** External programs of the measurements, with their Debian packages. */
const packages = {
  haproxy: 'haproxy',
  nginx: 'nginx-light',
  pgbench: 'postgresql-contrib',
  'redis-server': 'redis-server',
  taskset: 'util-linux',
  wrk: 'wrk',
} as const;

export type Tool = keyof typeof packages;

/** Path of each program that was found. */
export type Tools = Readonly<Partial<Record<Tool, string>>>;

/** Debian installs servers in folders that are only on root's `PATH`. */
const furtherFolders = ['/usr/sbin', '/usr/local/sbin'];

async function findOne(name: string, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const file = join(folder, name);
    const usable = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (usable) return file;
  }
  return undefined;
}

/** Finds the programs on `PATH`. */
export async function findTools(path: string): Promise<Tools> {
  const folders = [...path.split(delimiter).filter(Boolean), ...furtherFolders];
  const found: Partial<Record<Tool, string>> = {};
  for (const name of Object.keys(packages) as Tool[]) {
    const file = await findOne(name, folders);
    if (file !== undefined) found[name] = file;
  }
  return found;
}

/** The command that installs the missing ones of `needed`; undefined if none is missing. */
export function installCommand(tools: Tools, needed: readonly Tool[]): string | undefined {
  const missing = [
    ...new Set(needed.filter((name) => tools[name] === undefined).map((name) => packages[name])),
  ];
  return missing.length === 0 ? undefined : `apt-get install --yes ${missing.join(' ')}`;
}
