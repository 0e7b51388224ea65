import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/** Programs that measurements need beside this repository, and the Debian package each comes with. */
const packages = {
  haproxy: 'haproxy',
  nginx: 'nginx-light',
  pgbench: 'postgresql-contrib',
  'redis-server': 'redis-server',
  taskset: 'util-linux',
  wrk: 'wrk',
} as const;

export type Tool = keyof typeof packages;

/** Where each program was found. */
export type Tools = Readonly<Partial<Record<Tool, string>>>;

/** Debian installs servers where only root's `PATH` leads. */
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

/** Looks for all programs on `PATH`. */
export async function findTools(path: string): Promise<Tools> {
  const folders = [...path.split(delimiter).filter(Boolean), ...furtherFolders];
  const found: Partial<Record<Tool, string>> = {};
  for (const name of Object.keys(packages) as Tool[]) {
    const file = await findOne(name, folders);
    if (file !== undefined) found[name] = file;
  }
  return found;
}

/** The command that installs what is missing of `needed`; undefined when all is there. */
export function installCommand(tools: Tools, needed: readonly Tool[]): string | undefined {
  const missing = [
    ...new Set(needed.filter((name) => tools[name] === undefined).map((name) => packages[name])),
  ];
  return missing.length === 0 ? undefined : `apt-get install --yes ${missing.join(' ')}`;
}
