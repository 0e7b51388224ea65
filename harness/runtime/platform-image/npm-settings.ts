import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { ContextFile } from './build-context.ts';

/** How npm reaches its registry from a build. Nothing of it stays in the image. */
export interface NpmSettings {
  /** Files for the folder of `package.json`, which only the build stage copies. */
  files: ContextFile[];
  /** The proxies: variables that a build knows without `ARG`, and that no history of an image has. */
  buildArguments: Record<string, string>;
  /** Whether a setting names this machine's loopback interface, which a build reaches in the host's network only. */
  needsHostNetwork: boolean;
  /** Passwords in the settings, for the build log. */
  secrets: string[];
}

const Config = z.object({
  registry: z.string().nullish(),
  proxy: z.union([z.string(), z.boolean()]).nullish(),
  'https-proxy': z.union([z.string(), z.boolean()]).nullish(),
  noproxy: z.union([z.string(), z.array(z.string())]).nullish(),
  cafile: z.string().nullish(),
  'strict-ssl': z.boolean().nullish(),
});
type Config = z.infer<typeof Config>;

const caFile = '.npmrc-ca.pem';

/**
 * The settings that npm has on this machine: registry, proxies and certificates. A registry that needs a sign-in is not
 * supported: a build would keep the token in the engine's cache.
 * @param environment variables of npm and proxies
 */
export async function readNpmSettings(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<NpmSettings> {
  const { stdout } = await promisify(execFile)('npm', ['config', 'list', '--json'], {
    env: environment as NodeJS.ProcessEnv,
  }).catch(() => ({ stdout: '{}' }));
  const config = Config.safeParse(JSON.parse(stdout)).data ?? {};
  const ca = config.cafile ? await readFile(config.cafile).catch(() => undefined) : undefined;
  return npmSettings(config, { environment, ca });
}

/** See `readNpmSettings`. */
export function npmSettings(
  config: Config,
  { environment, ca }: { environment: Readonly<Record<string, string | undefined>>; ca: Buffer | undefined },
): NpmSettings {
  const variable = (name: string) => environment[name.toUpperCase()] ?? environment[name];
  const text = (value: string | boolean | null | undefined) =>
    typeof value === 'string' && value !== '' ? value : undefined;
  const noProxy = [config.noproxy ?? []].flat().filter(Boolean).join(',');
  const proxies = {
    HTTP_PROXY: text(config.proxy) ?? variable('http_proxy'),
    HTTPS_PROXY: text(config['https-proxy']) ?? variable('https_proxy') ?? text(config.proxy),
    NO_PROXY: text(noProxy) ?? variable('no_proxy'),
  };
  const registry = withoutCredentials(config.registry ?? undefined);
  const lines = [
    ...(registry === undefined ? [] : [`registry=${registry}`]),
    ...(ca === undefined ? [] : [`cafile=/app/${caFile}`]),
    ...(config['strict-ssl'] === false ? ['strict-ssl=false'] : []),
  ];
  const urls = [registry, proxies.HTTP_PROXY, proxies.HTTPS_PROXY].flatMap(
    (url) => URL.parse(url ?? '') ?? [],
  );
  return {
    files: [
      ...(lines.length === 0
        ? []
        : [{ name: '.npmrc', content: Buffer.from(lines.map((line) => `${line}\n`).join('')) }]),
      ...(ca === undefined ? [] : [{ name: caFile, content: ca }]),
    ],
    buildArguments: Object.fromEntries(
      Object.entries(proxies).flatMap(([name, value]) => (value ? [[name, value]] : [])),
    ),
    needsHostNetwork: urls.some(({ hostname }) => /^(localhost|127\..*|\[::1\])$/.test(hostname)),
    secrets: urls.flatMap(({ password }) =>
      password === '' ? [] : [password, decodeURIComponent(password)],
    ),
  };
}

function withoutCredentials(address: string | undefined): string | undefined {
  const url = URL.parse(address ?? '');
  if (!url) return undefined;
  url.username = '';
  url.password = '';
  return url.href;
}
