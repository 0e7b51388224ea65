import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FolderCache } from '../folders/cached-folder.ts';
import { digestSources } from '../folders/source-digest.ts';
import { initdbArguments } from '../stores/postgres/settings.ts';
import { bundle, bundleFormat, bundleName } from './bundle.ts';
import type { Program, Programs } from './programs.ts';

export interface PlatformProgramsOptions {
  packageRoot: string;
  cacheDir: string;
  /** Run the sources instead of bundles: slower to start, easier to debug. */
  source?: boolean;
}

/** The platform's services, bundled if possible, and its migration job. */
export function platformPrograms(options: PlatformProgramsOptions): Programs {
  const { packageRoot, cacheDir } = options;
  const sourceOf = (node: string): string =>
    join(packageRoot, 'platform', node === 'migrate' ? 'database' : `services/${node}`, 'main.ts');
  return {
    async prepare(nodes) {
      if (options.source)
        return (node) => ({ file: sourceOf(node), compileCache: join(cacheDir, 'compiled-source') });
      // The job is not bundled: it runs only when the migrations have changed.
      const bundled = nodes.filter((node) => node !== 'migrate').sort();
      const digest = await digestSources({
        root: packageRoot,
        paths: ['platform', 'package-lock.json'],
        // Bundles name the folders of their sources and packages.
        values: [bundleFormat, packageRoot, ...bundled],
      });
      const cache = new FolderCache(join(cacheDir, 'bundles'));
      const folder =
        (await cache.find(digest)) ??
        (await cache.add(digest, async (newFolder) => {
          // A service that cannot be bundled runs from source, so that its own log shows the error.
          await bundle({
            entries: Object.fromEntries(bundled.map((node) => [node, sourceOf(node)])),
            sources: join(packageRoot, 'platform'),
            outdir: newFolder,
            as: 'scripts',
          });
        }));
      return (node): Program => {
        const file = join(folder, bundleName(node, 'scripts'));
        return {
          file: bundled.includes(node) && existsSync(file) ? file : sourceOf(node),
          compileCache: join(folder, 'compiled'),
        };
      };
    },
    async migrationsDigest() {
      return digestSources({
        root: packageRoot,
        paths: ['platform/database', 'platform/kit'],
        values: initdbArguments,
      });
    },
  };
}
