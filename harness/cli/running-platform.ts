import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeAtomically } from '../run/run-folder.ts';

/** The record that `up` writes and `down` reads. */
const RunningPlatform = z.object({
  pid: z.int().positive(),
  startedAt: z.iso.datetime(),
  urls: z.record(z.string(), z.string()),
  /** Path of the services' logs with `{service}`. */
  logs: z.string().optional(),
});
export type RunningPlatform = z.infer<typeof RunningPlatform>;

const fileIn = (cacheDir: string): string => join(cacheDir, 'up.json');

export async function recordRunning(cacheDir: string, running: RunningPlatform): Promise<void> {
  await writeAtomically(fileIn(cacheDir), `${JSON.stringify(running, null, 2)}\n`);
}

/** The platform that `up` keeps running, or undefined. Removes the record of a process that has ended. */
export async function findRunning(cacheDir: string): Promise<RunningPlatform | undefined> {
  const text = await readFile(fileIn(cacheDir), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const running = RunningPlatform.safeParse(JSON.parse(text));
  if (running.success && (await isAlive(running.data.pid))) return running.data;
  await removeRecord(cacheDir);
  return undefined;
}

export async function removeRecord(cacheDir: string): Promise<void> {
  await rm(fileIn(cacheDir), { force: true });
}

/** Whether the process runs and is the harness: its pid may have been reused. Without /proc only the pid counts. */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  return command === undefined || command.includes('harness/cli/main');
}
