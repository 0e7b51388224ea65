import { open, readdir } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { openFileDescriptors } from './open-file-descriptors.ts';

it.runIf(process.platform === 'linux')('counts the descriptors that the system lists', async () => {
  const files = await Promise.all(Array.from({ length: 500 }, () => open(import.meta.filename)));
  const listed = (await readdir('/proc/self/fd')).length;
  const counted = (await openFileDescriptors()) ?? 0;
  expect(Math.abs(counted - listed)).toBeLessThan(50);
  await Promise.all(files.map((file) => file.close()));
});
