import { chmod, mkdir, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Reaper } from '../reaper/reaper.ts';
import { memoryFolder, recordOwner, runFolderPrefix } from './abandoned-runs.ts';

/** Least free memory-backed space to put a run there: a data folder is about 50 MB, and checks write too. */
const leastFreeBytes = 512 * 1_024 * 1_024;
/** Longest path of a Unix socket in bytes, on the system with the shortest limit. */
const longestSocketPath = 103;
/** The longest name of a socket below the folder. */
const longestSocketName = '/postgres/sockets/.s.PGSQL.5432';

/** Where everything of one run lives that must not outlive it. */
export interface VolatileFolder {
  readonly path: string;
  /** For `TMPDIR` of the run's processes. */
  readonly tmp: string;
}

/**
 * Makes `pyairtable-readiness-<runId>` in memory-backed storage where there is room, because a database starts five
 * times faster there than on disk, else in the system's folder for temporary files. The reaper knows it beforehand.
 */
export async function createVolatileFolder(options: {
  runId: string;
  reaper: Pick<Reaper, 'trackFolder'>;
}): Promise<VolatileFolder> {
  const name = `${runFolderPrefix}${options.runId}`;
  const candidates = [...((await hasRoom(memoryFolder)) ? [memoryFolder] : []), tmpdir(), '/tmp'];
  const parent = candidates.find((folder) => fitsSockets(join(folder, name))) ?? tmpdir();
  const path = join(parent, name);
  options.reaper.trackFolder(path);
  // Others may pass through, not look: PostgreSQL runs under a user of its own when the harness is root.
  await mkdir(path, { mode: 0o711 });
  await chmod(path, 0o711);
  await recordOwner(path, options.runId);
  const tmp = join(path, 'tmp');
  await mkdir(tmp, { mode: 0o700 });
  return { path, tmp };
}

async function hasRoom(folder: string): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize >= leastFreeBytes;
  } catch {
    return false;
  }
}

function fitsSockets(path: string): boolean {
  return Buffer.byteLength(path + longestSocketName) <= longestSocketPath;
}
