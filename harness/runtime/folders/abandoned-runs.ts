import { lstat, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { isRunning, processStartTime } from '../process/process-table.ts';
import { startReaper } from '../reaper/reaper.ts';

/** Prefix of the names of all run folders. */
export const runFolderPrefix = 'pyairtable-readiness-';
/** Memory-backed storage of Linux. */
export const memoryFolder = '/dev/shm';

const ownerFile = 'owner.json';

/** The process that a run folder belongs to. A pid is valid in one process namespace, until the next boot. */
const Owner = z.object({
  runId: z.string().min(1),
  pid: z.int().positive(),
  startTime: z.string(),
  boot: z.string(),
  processNamespace: z.string(),
});
type Owner = z.infer<typeof Owner>;

/** Records in a new run folder that this process owns it. */
export async function recordOwner(folder: string, runId: string): Promise<void> {
  const owner: Owner = {
    runId,
    pid: process.pid,
    startTime: processStartTime(process.pid),
    ...(await thisSystem()),
  };
  await writeFile(join(folder, ownerFile), JSON.stringify(owner), { mode: 0o600 });
}

/**
 * Ends the processes and removes the folders of this user's runs whose owner has ended. The reaper of a run does
 * that at once; this is for runs whose reaper was killed too. Keeps every run that may still be running.
 */
export async function removeAbandonedRuns(): Promise<void> {
  const system = await thisSystem();
  const parents = new Set([memoryFolder, tmpdir(), '/tmp']);
  for (const folder of (await Promise.all([...parents].map(runFoldersIn))).flat()) {
    const owner = await readOwner(folder);
    if (owner === undefined || !hasEnded(owner, system)) continue;
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
async function readOwner(folder: string): Promise<Owner | undefined> {
  try {
    const { uid } = await lstat(folder);
    if (uid !== process.getuid?.()) return undefined;
    return Owner.safeParse(JSON.parse(await readFile(join(folder, ownerFile), 'utf8'))).data;
  } catch {
    return undefined;
  }
}

function hasEnded(owner: Owner, system: Pick<Owner, 'boot' | 'processNamespace'>): boolean {
  if (owner.boot !== system.boot || owner.processNamespace !== system.processNamespace) return false;
  return owner.startTime === '' ? !exists(owner.pid) : !isRunning(owner);
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Both values are empty on a system without /proc. */
async function thisSystem(): Promise<Pick<Owner, 'boot' | 'processNamespace'>> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  const processNamespace = await readlink('/proc/self/ns/pid').catch(() => '');
  return { boot: boot.trim(), processNamespace };
}
