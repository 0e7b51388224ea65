import { appendFile, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openLogFiles } from './log-files.ts';

let folder: string;
let file: string;
const { signal } = new AbortController();
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'log-files-'));
  file = join(folder, 'saga-service.log');
  await writeFile(file, 'before the run\n');
});
afterEach(() => rm(folder, { recursive: true }));

const opened = async () => {
  const source = openLogFiles(join(folder, '{service}.log'));
  await source.read('saga-service', signal);
  return () => source.read('saga-service', signal);
};

it('reads what a service has logged since the source was opened', async () => {
  const read = await opened();
  await appendFile(file, 'one\ntwo');
  expect(await read()).toBe('one\ntwo');
  await appendFile(file, ' and a half\n');
  expect(await read()).toBe(' and a half\n');
  expect(await read()).toBe('');
});

it('keeps a character whose bytes arrive in two parts', async () => {
  const read = await opened();
  const bytes = Buffer.from('ü\n');
  await appendFile(file, bytes.subarray(0, 1));
  const first = await read();
  await appendFile(file, bytes.subarray(1));
  expect(first + (await read())).toBe('ü\n');
});

it('reads a file from its beginning after a rotation, by a new file or by emptying it', async () => {
  const read = await opened();
  await rename(file, `${file}.1`);
  await writeFile(file, 'in the new file, which is longer than the old one\n');
  expect(await read()).toBe('in the new file, which is longer than the old one\n');
  await writeFile(file, 'short\n');
  expect(await read()).toBe('short\n');
});

it('names a file that cannot be read', async () => {
  await expect(openLogFiles(join(folder, '{service}.log')).read('gateway', signal)).rejects.toThrow(
    `cannot read ${join(folder, 'gateway.log')}: ENOENT`,
  );
});
