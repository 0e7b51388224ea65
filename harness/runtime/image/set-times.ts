import { lutimes, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Sets the time of a folder and everything in it. The time of a file is part of an image's digest.
 * @param epoch seconds since 1970
 */
export async function setTimes(folder: string, epoch: number): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    await lutimes(join(entry.parentPath, entry.name), epoch, epoch);
  await lutimes(folder, epoch, epoch);
}
