import { readFile, readlink } from 'node:fs/promises';
import { z } from 'zod';
import { isRunning, processStartTime } from '../process/process-table.ts';

/** The process that a run belongs to. A pid is valid in one process namespace, until the next boot. */
export const RunOwner = z.object({
  runId: z.string().min(1),
  pid: z.int().positive(),
  startTime: z.string(),
  boot: z.string(),
  processNamespace: z.string(),
});
export type RunOwner = z.infer<typeof RunOwner>;

/** This process as the owner of a run. */
export async function thisOwner(runId: string): Promise<RunOwner> {
  return {
    runId,
    pid: process.pid,
    startTime: processStartTime(process.pid),
    ...(await thisSystem()),
  };
}

/** Whether the owner has ended for certain. False for one that may run elsewhere. */
export async function hasEnded(owner: RunOwner): Promise<boolean> {
  const system = await thisSystem();
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
async function thisSystem(): Promise<Pick<RunOwner, 'boot' | 'processNamespace'>> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  const processNamespace = await readlink('/proc/self/ns/pid').catch(() => '');
  return { boot: boot.trim(), processNamespace };
}
