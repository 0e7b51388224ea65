import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { digestContext, readBuildContext } from './build-context.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'build-context-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), content);
  }
}

const sample = {
  Dockerfile: 'FROM scratch\n',
  '.dockerignore': '# comment\n*\n!package.json\n!platform\nplatform/bench\n**/*.test.ts\n',
  'package.json': '{}',
  'platform/main.ts': 'main',
  'platform/main.test.ts': 'test',
  'platform/bench/main.ts': 'bench',
  'secrets.env': 'PASSWORD=1',
};

test('holds what .dockerignore names, and the Dockerfile', async () => {
  await write(sample);
  const files = await readBuildContext(root);
  expect(files.map(({ name }) => name)).toEqual(['Dockerfile', 'package.json', 'platform/main.ts']);
});

test('has a digest of names, contents and values, not of times', async () => {
  await write(sample);
  const digest = async (...values: string[]) => digestContext(await readBuildContext(root), values);
  const before = await digest('base');
  await utimes(join(root, 'package.json'), 1, 1);
  await write({ 'platform/bench/main.ts': 'changed', 'secrets.env': 'changed' });
  expect(await digest('base')).toBe(before);
  expect(await digest('another base')).not.toBe(before);
  await write({ 'platform/main.ts': 'changed' });
  expect(await digest('base')).not.toBe(before);
});

test('rejects rules that do not exclude everything first', async () => {
  await write({ ...sample, '.dockerignore': 'node_modules\n' });
  await expect(readBuildContext(root)).rejects.toThrow('the first rule must be *');
});

test('of this repository has all sources of the image and no test', async () => {
  const names = (await readBuildContext(resolve(import.meta.dirname, '../../..'))).map(({ name }) => name);
  expect(names).toEqual(
    expect.arrayContaining([
      'Dockerfile',
      'package-lock.json',
      'harness/runtime/image/assemble.ts',
      'harness/runtime/programs/bundle.ts',
      'platform/services/gateway/main.ts',
    ]),
  );
  expect(names.filter((name) => /\.test\.ts$|(^|\/)testing\//.test(name))).toEqual([]);
});
