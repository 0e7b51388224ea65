import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FolderCache } from '../../../runtime/folders/cached-folder.ts';
import { openKeptResults } from './kept-result.ts';

describe('a result that is kept between runs', () => {
  let folder: string;
  let made: number;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kept-'));
    made = 0;
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const make = async (newFolder: string) => {
    made += 1;
    await writeFile(join(newFolder, 'client.py'), 'generated');
    return { errors: [] };
  };
  const open = (versions = '1', kept = true) =>
    openKeptResults(
      { tmpDir: join(folder, 'tmp') },
      kept ? { folders: new FolderCache(join(folder, 'cache')), versions: async () => versions } : undefined,
    );
  const always = { keep: () => true };

  test('is made once per key and versions of the programs', async () => {
    const first = await open()({ document: 'a' }, make, always);
    expect(first).toMatchObject({ result: { errors: [] }, from: 'this run' });
    expect(await open()({ document: 'a' }, make, always)).toEqual({ ...first, from: 'an earlier run' });
    expect(made).toBe(1);
    await open()({ document: 'b' }, make, always);
    await open('2')({ document: 'a' }, make, always);
    expect(made).toBe(3);
  });

  test('is made again after one that was not worth keeping', async () => {
    const never = { keep: () => false };
    expect(await open()({ document: 'a' }, make, never)).toEqual({
      folder: undefined,
      result: { errors: [] },
      from: 'this run',
    });
    expect(await open()({ document: 'a' }, make, always)).toMatchObject({ from: 'this run' });
  });

  test('is made again after a failure, and gives the failure', async () => {
    const failing = async () => Promise.reject(new Error('no memory'));
    await expect(open()({ document: 'a' }, failing, always)).rejects.toThrow('no memory');
    expect(await open()({ document: 'a' }, make, always)).toMatchObject({ from: 'this run' });
  });

  test('is made each time where nothing is kept', async () => {
    for (const time of [1, 2]) {
      const { folder: used, from } = await open('1', false)({ document: 'a' }, make, always);
      expect([made, from]).toEqual([time, 'this run']);
      expect(used).toContain('tmp');
    }
  });
});
