import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { spawnHarness } from './testing/spawned-harness.ts';

/** A file in place of a folder is not writable for any user, not even for root. */
let file: string;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'unwritable-'));
  file = join(folder, 'file');
  await writeFile(file, '');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it.each([
  ['run', 'READINESS_RUNS'],
  ['run', 'READINESS_CACHE'],
  ['up', 'READINESS_RUNS'],
  ['up', 'READINESS_CACHE'],
])('%s with an unwritable %s gives exit code 4 without a stack trace', async (command, variable) => {
  await using harness = await spawnHarness([command], { [variable]: join(file, 'below') });
  expect(await harness.ended()).toBe(4);
  expect(harness.output()).toContain(`${join(file, 'below')} is not writable (ENOTDIR).`);
  expect(harness.output()).toContain(variable);
  expect(harness.output()).not.toMatch(/^ +at /m);
});
