import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FolderCache } from '../cached-folder.ts';
import { digestSources } from '../source-digest.ts';
import { initdbArguments } from '../stores/postgres/settings.ts';
import { bundle, bundleEntry, bundleFormat, stopBundler } from './bundle.ts';
import type { Program, Programs } from './programs.ts';

export interface PlatformProgramsOptions {
  packageRoot: string;
  cacheDir: string;
  /** Run the sources as they are instead of bundles; slower to start, easier to debug. */
  source?: boolean;
}

/** The platform's own services and its migration job, bundled where that can be done. */
export function platformPrograms(options: PlatformProgramsOptions): Programs {
  const { packageRoot, cacheDir } = options;
  const sourceOf = (node: string): string =>
    join(packageRoot, 'platform', node === 'migrate' ? 'database' : node, 'main.ts');
  return {
    async prepare(nodes, { signal }) {
      if (options.source)
        return (node) => ({ file: sourceOf(node), compileCache: join(cacheDir, 'compiled', 'source') });
      const digest = await digestSources({
        root: packageRoot,
        paths: ['platform', 'package-lock.json'],
        values: [bundleFormat],
      });
      const cache = new FolderCache(join(cacheDir, 'bundles'));
      // The job runs once per change of the migrations; it is not worth a bundle.
      const bundled = nodes.filter((node) => node !== 'migrate');
      const folder =
        (await cache.find(digest)) ??
        (await cache.add(digest, (making) =>
          bundleAll({ nodes: bundled, sourceOf, making, packageRoot, signal }),
        ));
      return (node): Program => {
        const file = join(folder, node, bundleEntry);
        const usable = bundled.includes(node) && existsSync(file);
        return {
          file: usable ? file : sourceOf(node),
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

/** A service that cannot be bundled is left out: it then runs from source, where its own log says what is wrong. */
async function bundleAll(options: {
  nodes: readonly string[];
  sourceOf: (node: string) => string;
  making: string;
  packageRoot: string;
  signal: AbortSignal;
}): Promise<void> {
  try {
    await Promise.all(
      options.nodes.map(async (node) => {
        try {
          await bundle({
            entry: options.sourceOf(node),
            sources: join(options.packageRoot, 'platform'),
            outdir: join(options.making, node),
          });
        } catch (error) {
          if (!isBuildFailure(error)) throw error;
        }
      }),
    );
  } finally {
    await stopBundler();
  }
  options.signal.throwIfAborted();
}

function isBuildFailure(error: unknown): boolean {
  return Array.isArray((error as { errors?: unknown }).errors);
}
