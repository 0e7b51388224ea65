import { lstat, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startReaper } from '../reaper/reaper.ts';
import { hasEnded, RunOwner, thisOwner } from './run-owner.ts';

/** Prefix of the names of all run folders. */
export const runFolderPrefix = 'pyairtable-readiness-';
/** Memory-backed storage of Linux. */
export const memoryFolder = '/dev/shm';

const ownerFile = 'owner.json';

/** Records in a new run folder that this process owns it. */
export async function recordOwner(folder: string, runId: string): Promise<void> {
  await writeFile(join(folder, ownerFile), JSON.stringify(await thisOwner(runId)), { mode: 0o600 });
}

/**
 * Ends the processes and removes the folders of this user's runs whose owner has ended. The reaper of a run does
 * that at once; this is for runs whose reaper was killed too. Keeps every run that may still be running.
 */
export async function removeAbandonedRuns(): Promise<void> {
  const parents = new Set([memoryFolder, tmpdir(), '/tmp']);
  for (const folder of (await Promise.all([...parents].map(runFoldersIn))).flat()) {
    const owner = await readOwner(folder);
    if (owner === undefined || !(await hasEnded(owner))) continue;
    const reaper = startReaper({ runId: owner.runId });
    reaper.trackFolder(folder);
    await reaper[Symbol.asyncDispose]();
  }
}

async function runFoldersIn(parent: string): Promise<string[]> {
  const names = await readdir(parent).catch(() => []);
  return names.filter((name) => name.startsWith(runFolderPrefix)).map((name) => join(parent, name));
}

/** Undefined for a folder of another user, and for one with an unknown owner. */
async function readOwner(folder: string): Promise<RunOwner | undefined> {
  try {
    const { uid } = await lstat(folder);
    if (uid !== process.getuid?.()) return undefined;
    return RunOwner.safeParse(JSON.parse(await readFile(join(folder, ownerFile), 'utf8'))).data;
  } catch {
    return undefined;
  }
}
