import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeWhole } from '../run/run-folder.ts';

/** What `up` leaves for `down` to find. */
const RunningPlatform = z.object({
  pid: z.int().positive(),
  startedAt: z.iso.datetime(),
  urls: z.record(z.string(), z.string()),
});
export type RunningPlatform = z.infer<typeof RunningPlatform>;

const fileIn = (cacheDir: string): string => join(cacheDir, 'up.json');

export async function recordRunning(cacheDir: string, running: RunningPlatform): Promise<void> {
  await writeWhole(fileIn(cacheDir), `${JSON.stringify(running, null, 2)}\n`);
}

/** The platform that `up` keeps running, or undefined; a record whose process is gone is removed. */
export async function findRunning(cacheDir: string): Promise<RunningPlatform | undefined> {
  const text = await readFile(fileIn(cacheDir), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const running = RunningPlatform.safeParse(JSON.parse(text));
  if (running.success && (await isHarness(running.data.pid))) return running.data;
  await forgetRunning(cacheDir);
  return undefined;
}

export async function forgetRunning(cacheDir: string): Promise<void> {
  await rm(fileIn(cacheDir), { force: true });
}

/** Guards against a pid that was given to another program since. Without /proc the pid alone has to do. */
async function isHarness(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  return command === undefined || command.includes('harness/cli/main');
}

export { isHarness as isAlive };
