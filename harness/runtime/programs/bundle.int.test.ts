import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { platformPrograms } from './platform-programs.ts';

const run = promisify(execFile);

describe('the platform’s programs', () => {
  let packageRoot: string;
  beforeEach(async () => {
    packageRoot = await mkdtemp(join(tmpdir(), 'programs-'));
    await write('platform/database/main.ts', 'console.log("job");');
    await write(
      'platform/services/user-service/main.ts',
      `import { readFileSync } from 'node:fs';
       import { word } from '../../kit/word.ts';
       const page: string = readFileSync(import.meta.dirname + '/page.txt', 'utf8');
       void import('./later.ts').then(({ later }) => console.log(word, page, later));`,
    );
    await write('platform/services/user-service/page.txt', 'page');
    await write('platform/services/user-service/later.ts', 'export const later = "later";');
    await write('platform/kit/word.ts', 'export const word = "first";');
  });
  afterEach(() => rm(packageRoot, { recursive: true, force: true }));

  async function write(file: string, text: string): Promise<void> {
    await mkdir(join(packageRoot, file, '..'), { recursive: true });
    await writeFile(join(packageRoot, file), text);
  }
  const prepare = async (source = false) =>
    platformPrograms({ packageRoot, cacheDir: join(packageRoot, '.cache'), source }).prepare([
      'user-service',
      'file-service',
      'migrate',
    ]);
  const output = async (file: string) => (await run(process.execPath, [file])).stdout.trim();

  test('a bundle runs like its sources, including files next to them and dynamic imports', async () => {
    const programOf = await prepare();
    const { file } = programOf('user-service');
    expect(file).toContain('.cache');
    expect(await output(file)).toBe('first page later');
    expect(await output((await prepare(true))('user-service').file)).toBe('first page later');
  });

  test('a bundle gets every name of the built-in http module, however it is imported', async () => {
    await write(
      'platform/services/user-service/main.ts',
      `import http, { request } from 'node:http';
       import * as all from 'http';
       const { Agent } = require('http');
       void import('http').then((later) => {
         console.log([http.request, all.request, later.request, later.default.request].every((one) => one === request));
         console.log(Agent === http.Agent);
       });`,
    );
    const { file } = (await prepare())('user-service');
    expect(await output(file)).toBe('true\ntrue');
  });

  test('a program runs with the compiled code of its first start, and without one that is damaged', async () => {
    const { file, compileCache = '' } = (await prepare())('user-service');
    const start = async () => {
      const { stdout } = await run(process.execPath, [file], { env: { NODE_COMPILE_CACHE: compileCache } });
      return stdout.trim();
    };
    const kept = async () => (await readdir(compileCache)).filter((name) => name.endsWith('.code'));
    expect(await start()).toBe('first page later');
    const [name = ''] = await kept();
    expect(name).toContain('user-service');
    const code = join(compileCache, name);
    const { ino } = await stat(code);
    expect(await start()).toBe('first page later');
    expect((await stat(code)).ino).toBe(ino);
    await writeFile(code, 'damaged');
    expect(await start()).toBe('first page later');
    expect((await readFile(code)).length).toBeGreaterThan('damaged'.length);
    expect(await kept()).toEqual([name]);
  });

  test('a package with native code is found wherever the cache is', async () => {
    await write('node_modules/@node-rs/argon2/package.json', '{"main":"hash it.js"}');
    await write('node_modules/@node-rs/argon2/hash it.js', 'exports.hash = "hashed";');
    await write(
      'platform/services/user-service/main.ts',
      'void import("@node-rs/argon2").then(({ hash }) => console.log(hash, require("@node-rs/argon2").hash));',
    );
    const cacheDir = await mkdtemp(join(tmpdir(), 'cache-elsewhere-'));
    try {
      const programOf = await platformPrograms({ packageRoot, cacheDir }).prepare(['user-service']);
      const { file } = programOf('user-service');
      expect(file.startsWith(cacheDir)).toBe(true);
      expect(await output(file)).toBe('hashed hashed');
    } finally {
      await rm(cacheDir, { recursive: true });
    }
  });

  test('a changed source makes a new bundle, a changed test does not', async () => {
    const before = (await prepare())('user-service').file;
    await write('platform/kit/word.test.ts', 'a test');
    expect((await prepare())('user-service').file).toBe(before);
    await write('platform/kit/word.ts', 'export const word = "second";');
    const after = (await prepare())('user-service').file;
    expect(after).not.toBe(before);
    expect(await output(after)).toBe('second page later');
  });

  test('a service that cannot be bundled runs from source and logs the error itself', async () => {
    await write(
      'platform/services/file-service/main.ts',
      `import { gone } from './gone.ts'; console.log(gone);`,
    );
    const { file } = (await prepare())('file-service');
    expect(file).toBe(join(packageRoot, 'platform/services/file-service/main.ts'));
    await expect(run(process.execPath, [file])).rejects.toMatchObject({
      stderr: expect.stringContaining('gone.ts'),
    });
  });

  test('the migrations digest changes with the migrations only', async () => {
    const digest = () =>
      platformPrograms({ packageRoot, cacheDir: join(packageRoot, '.cache') }).migrationsDigest();
    const before = await digest();
    await write('platform/services/user-service/page.txt', 'another page');
    expect(await digest()).toBe(before);
    await write('platform/database/migrations/001_first.sql', 'select 1');
    expect(await digest()).not.toBe(before);
  });
});
