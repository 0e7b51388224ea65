import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Plugin } from 'esbuild';

/** Modules with native code, which work only where they are installed. */
const native = ['@node-rs/argon2', 'pg-native'];
/** Packages of the durable engine's own telemetry, which is off: they are not installed. */
const absent = [
  '@opentelemetry/context-async-hooks',
  '@opentelemetry/exporter-logs-otlp-proto',
  '@opentelemetry/exporter-trace-otlp-proto',
  '@opentelemetry/sdk-trace-base',
  'winston',
  'winston-transport',
];

const platform = join(import.meta.dirname, '..');

/** Keeps the folder of each source, so that bundled code finds files beside it, e.g. SQL. */
const sourceLocations: Plugin = {
  name: 'source-locations',
  setup(build) {
    build.onLoad({ filter: /\.tsx?$/ }, async ({ path }) => {
      if (!path.startsWith(platform)) return undefined;
      const contents = (await readFile(path, 'utf8'))
        .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)))
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href));
      return { contents, loader: 'ts' };
    });
  },
};

/**
 * Bundles programs into one ES module each, as in production.
 * @param entries file names below `platform/` without `.ts`, by bundle name
 * @returns the bundle of each name
 */
export async function bundlePrograms<Name extends string>(
  entries: Readonly<Record<Name, string>>,
  outdir: string,
): Promise<Record<Name, string>> {
  const { build, stop } = await import('esbuild');
  try {
    await build({
      entryPoints: Object.entries<string>(entries).map(([out, file]) => ({
        in: join(platform, `${file}.ts`),
        out,
      })),
      outdir,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      platform: 'node',
      target: 'node24',
      format: 'esm',
      external: [...native, ...absent],
      // CommonJS packages call `require` for Node's own modules.
      banner: {
        js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
      },
      legalComments: 'none',
      logLevel: 'silent',
      plugins: [sourceLocations],
    });
  } finally {
    await stop();
  }
  const names = Object.keys(entries) as Name[];
  return Object.fromEntries(names.map((name) => [name, join(outdir, `${name}.mjs`)])) as Record<Name, string>;
}
