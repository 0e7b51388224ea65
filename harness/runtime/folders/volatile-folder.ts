import { chmod, mkdir, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Reaper } from '../reaper/reaper.ts';
import { memoryFolder, recordOwner, runFolderPrefix } from './abandoned-runs.ts';

/** Minimum free space in memory-backed storage, bytes. A data folder has about 50 MB, and checks write too. */
const minFreeBytes = 512 * 1_024 * 1_024;
/** Maximum length of the path of a Unix socket on macOS, bytes; Linux allows 107. */
const maxSocketPath = 103;
/** The longest path of a socket relative to the folder. */
const longestSocketName = '/postgres/sockets/.s.PGSQL.5432';

/** Folder for all files of a run that are removed with it. */
export interface VolatileFolder {
  readonly path: string;
  /** For `TMPDIR` of the run's processes. */
  readonly tmp: string;
}

/**
 * Creates `pyairtable-readiness-<runId>` in memory-backed storage if it has enough space, because a database starts
 * five times faster there than on disk; else in the system's folder for temporary files. The reaper tracks it first.
 */
export async function createVolatileFolder(options: {
  runId: string;
  reaper: Pick<Reaper, 'trackFolder'>;
}): Promise<VolatileFolder> {
  const name = `${runFolderPrefix}${options.runId}`;
  const candidates = [...((await hasSpace(memoryFolder)) ? [memoryFolder] : []), tmpdir(), '/tmp'];
  const parent = candidates.find((folder) => fitsSockets(join(folder, name))) ?? tmpdir();
  const path = join(parent, name);
  options.reaper.trackFolder(path);
  // Other users may traverse it, but not list it: PostgreSQL runs as another user when the harness is root.
  await mkdir(path, { mode: 0o711 });
  await chmod(path, 0o711);
  await recordOwner(path, options.runId);
  const tmp = join(path, 'tmp');
  await mkdir(tmp, { mode: 0o700 });
  return { path, tmp };
}

async function hasSpace(folder: string): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize >= minFreeBytes;
  } catch {
    return false;
  }
}

function fitsSockets(path: string): boolean {
  return Buffer.byteLength(path + longestSocketName) <= maxSocketPath;
}
