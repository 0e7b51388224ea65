import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { patchedPrograms } from './patched-programs.ts';

const run = promisify(execFile);
const nodes = ['user-service', 'file-service', 'migrate'];

describe('the programs of a changed source', () => {
  let packageRoot: string;
  let folder: string;
  let cacheDir: string;

  beforeEach(async () => {
    packageRoot = await mkdtemp(join(tmpdir(), 'changed-'));
    folder = join(packageRoot, 'copy');
    cacheDir = join(packageRoot, '.cache');
    const files = {
      'package.json': '{"type":"module"}',
      'platform/database/main.ts': 'console.log("job");',
      'platform/kit/word.ts': 'export const word = "first";',
      'platform/services/user-service/page.txt': 'page',
      'platform/services/user-service/main.ts': `import { readFileSync } from 'node:fs';
        import { word } from '../../kit/word.ts';
        console.log('user', word, readFileSync(import.meta.dirname + '/page.txt', 'utf8'));`,
      'platform/services/file-service/main.ts': `import { word } from '../../kit/word.ts'; console.log('file', word);`,
    };
    for (const [file, text] of Object.entries(files)) {
      await mkdir(join(packageRoot, file, '..'), { recursive: true });
      await writeFile(join(packageRoot, file), text);
    }
  });
  afterEach(() => rm(packageRoot, { recursive: true, force: true }));

  const change = (file: string, find: string, replace: string) =>
    patchedPrograms({
      packageRoot,
      cacheDir,
      folder,
      sources: [{ kind: 'source', file: `platform/${file}`, find, replace }],
    });
  async function outputs(programs: ReturnType<typeof patchedPrograms>): Promise<string[]> {
    const programOf = await programs.prepare(nodes);
    return Promise.all(
      nodes.map(async (node) => (await run(process.execPath, [programOf(node).file])).stdout.trim()),
    );
  }

  it('differ for the service that has the file, and are the cached ones for others', async () => {
    const programs = change('services/user-service/main.ts', "'user'", "'changed'");
    expect(await outputs(programs)).toEqual(['changed first page', 'file first', 'job']);
    expect(await programs.migrationsDigest()).toBeDefined();
  });

  it('differ for all services when they share the file, and use files beside the changed one', async () => {
    expect(await outputs(change('kit/word.ts', 'first', 'second'))).toEqual([
      'user second page',
      'file second',
      'job',
    ]);
  });

  it('find a changed file that is no code', async () => {
    const [user] = await outputs(change('services/user-service/page.txt', 'page', 'other page'));
    expect(user).toBe('user first other page');
  });

  it('create another database when the migrations differ', async () => {
    const programs = change('database/main.ts', 'job', 'other job');
    expect((await outputs(programs))[2]).toBe('other job');
    expect(await programs.migrationsDigest()).toBeUndefined();
  });

  it('leave source and cache as they are', async () => {
    await outputs(change('kit/word.ts', 'first', 'second'));
    expect(await readFile(join(packageRoot, 'platform/kit/word.ts'), 'utf8')).toContain('first');
    const bundles = join(cacheDir, 'bundles');
    const [entry = ''] = await readdir(bundles);
    expect(await readdir(bundles)).toHaveLength(1);
    const cached = await run(process.execPath, [join(bundles, entry, 'file-service.cjs')]);
    expect(cached.stdout.trim()).toBe('file first');
  });

  it('are rejected when the text is missing, and when the change breaks the syntax', async () => {
    await expect(change('kit/word.ts', 'third', 'x').prepare(nodes)).rejects.toThrow(
      '0 times instead of once',
    );
    await rm(folder, { recursive: true });
    await expect(change('kit/word.ts', '"first"', '"').prepare(nodes)).rejects.toThrow('cannot be bundled');
    expect(existsSync(join(cacheDir, 'bundles'))).toBe(true);
  });

  it('are rejected for a file outside of the platform', async () => {
    const programs = patchedPrograms({
      packageRoot,
      cacheDir,
      folder,
      sources: [{ kind: 'source', file: 'package.json', find: 'module', replace: 'x' }],
    });
    await expect(programs.prepare(nodes)).rejects.toThrow('no file of the platform');
  });
});
