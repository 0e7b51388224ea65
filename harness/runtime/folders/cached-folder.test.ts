import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FolderCache } from './cached-folder.ts';

describe('the cache of folders', () => {
  let folder: string;
  let cache: FolderCache;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'folder-cache-'));
    cache = new FolderCache(folder);
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('finds an entry only when it is complete', async () => {
    expect(await cache.find('a')).toBeUndefined();
    await cache.add('a', async (making) => {
      expect(await cache.find('a')).toBeUndefined();
      await writeFile(join(making, 'file'), 'content');
    });
    expect(await readFile(join((await cache.find('a')) ?? '', 'file'), 'utf8')).toBe('content');
  });

  test('keeps one of two entries made at the same time', async () => {
    const make = (content: string) => (making: string) => writeFile(join(making, 'file'), content);
    const [one, other] = await Promise.all([cache.add('a', make('1')), cache.add('a', make('2'))]);
    expect(one).toBe(other);
    expect(['1', '2']).toContain(await readFile(join(one, 'file'), 'utf8'));
    expect(await readdir(folder)).toEqual(['a']);
  });

  test('leaves nothing when making an entry fails', async () => {
    const failing = cache.add('a', async (making) => {
      await writeFile(join(making, 'file'), '');
      throw new Error('disk full');
    });
    await expect(failing).rejects.toThrow('disk full');
    expect(await readdir(folder)).toEqual([]);
  });

  test('removes entries that are unused for a week', async () => {
    for (const key of ['old', 'used']) await cache.add(key, async () => undefined);
    const longAgo = new Date(Date.now() - 8 * 24 * 3_600_000);
    for (const key of ['old', 'used']) await utimes(join(folder, key), longAgo, longAgo);
    await cache.find('used');
    await cache.add('new', async () => undefined);
    expect((await readdir(folder)).sort()).toEqual(['new', 'used']);
  });
});
