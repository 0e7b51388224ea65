import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundle, bundleName } from '../../runtime/programs/bundle.ts';
import { platformPrograms } from '../../runtime/programs/platform-programs.ts';
import type { Program, Programs } from '../../runtime/programs/programs.ts';
import type { SourceChange } from '../change.ts';
import { patchSource } from './patch-source.ts';

/** Files beside the platform that bundling and running it needs. */
const besides = ['package.json', 'tsconfig.json', 'node_modules'];

/**
 * The programs of the platform with changed lines, from a copy of its source. Services that do not contain a changed
 * file run as always, and nothing of the copy gets into the cache.
 * @param options.folder new folder for the copy; the caller removes it
 */
export function patchedPrograms(options: {
  packageRoot: string;
  cacheDir: string;
  folder: string;
  sources: readonly SourceChange[];
}): Programs {
  const { packageRoot, cacheDir, folder, sources } = options;
  const unchanged = platformPrograms({ packageRoot, cacheDir });
  const entryOf = (node: string) =>
    join(folder, 'platform', node === 'migrate' ? 'database' : `services/${node}`, 'main.ts');
  return {
    async prepare(nodes) {
      const unchangedOf = await unchanged.prepare(nodes);
      await copySources({ packageRoot, folder, sources });
      const changed = nodes.filter((node) => contains(node, sources));
      const bundled = changed.filter((node) => node !== 'migrate');
      const outdir = join(folder, 'bundles');
      await mkdir(outdir);
      const broken = await bundle({
        entries: Object.fromEntries(bundled.map((node) => [node, entryOf(node)])),
        sources: join(folder, 'platform'),
        outdir,
        // They are started once, so bundling counts more than starting.
        as: 'modules',
      });
      if (broken.length > 0)
        throw new Error(
          `With the changed source these cannot be bundled: ${broken.join(', ')}. Changed: ${sources.map(({ file }) => file).join(', ')}`,
        );
      return (node): Program => {
        if (!changed.includes(node)) return unchangedOf(node);
        if (node === 'migrate') return { file: entryOf(node) };
        return { file: join(outdir, bundleName(node, 'modules')), compileCache: join(outdir, 'compiled') };
      };
    },
    // The prepared database is that of the unchanged migrations.
    migrationsDigest: async () =>
      contains('migrate', sources) ? undefined : await unchanged.migrationsDigest(),
  };
}

/** Whether a node's program has one of the files. Shared code is in all services. */
function contains(node: string, sources: readonly SourceChange[]): boolean {
  return sources.some(({ file }) => {
    const service = /^platform\/services\/([^/]+)\//.exec(file)?.[1];
    if (service !== undefined) return service === node;
    // The job creates tables. What services share changes the services alone.
    return file.startsWith('platform/database/') || node !== 'migrate';
  });
}

async function copySources(options: {
  packageRoot: string;
  folder: string;
  sources: readonly SourceChange[];
}): Promise<void> {
  const { packageRoot, folder, sources } = options;
  await cp(join(packageRoot, 'platform'), join(folder, 'platform'), {
    recursive: true,
    filter: (path) => !path.endsWith('.test.ts'),
  });
  for (const name of besides)
    if (existsSync(join(packageRoot, name))) await symlink(join(packageRoot, name), join(folder, name));
  for (const source of sources) {
    if (!source.file.startsWith('platform/'))
      throw new Error(`${source.file} is no file of the platform; a change of the source needs one`);
    const path = join(folder, source.file);
    await writeFile(path, patchSource(await readFile(path, 'utf8'), source));
  }
}
