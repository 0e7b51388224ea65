import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { checks } from '../../scenarios/catalogue.ts';
import type { OpenPlatform } from '../run/platform/open-platform.ts';
import type { Target } from '../runtime/external/target.ts';

/** Names of the files in the cache folder. */
const targetFile = 'up-target.yaml';
const variablesFile = 'up-target.env';

/**
 * Describes the platform that `up` keeps running as a target, with everything that the harness knows of it. The secrets
 * are in a second file that only the owner can read, as variables for a shell.
 * @returns the paths of both files
 */
export async function writeUpTarget(options: {
  cacheDir: string;
  runDir: string;
  platform: Pick<OpenPlatform, 'stack' | 'monitoring'>;
  /** Where the services export their spans; undefined: nowhere. */
  telemetryEndpoint?: string | undefined;
}): Promise<{ target: string; variables: string }> {
  const { cacheDir, runDir, platform, telemetryEndpoint } = options;
  const { services, postgres, redis, internalKey, mailFolder } = platform.stack.addresses;
  const variables = new Map<string, string>();
  const secret = (name: string, value: string): { env: string } => {
    variables.set(name, value);
    return { env: name };
  };
  const target: Partial<Target> = {
    name: 'up',
    label: 'development',
    services,
    accounts: { register: true },
    sourceAddresses: 'many',
    ...(postgres
      ? {
          database: {
            admin: secret('UP_DATABASE_URL', postgres.adminUrl),
            roles: Object.fromEntries(
              Object.entries(postgres.serviceUrls).map(([service, url]) => [
                service,
                secret(`UP_DATABASE_URL_${service.toUpperCase().replaceAll('-', '_')}`, url),
              ]),
            ),
            removeRows: true,
          },
        }
      : {}),
    ...(redis ? { redis: { admin: secret('UP_REDIS_URL', redis.url) } } : {}),
    ...(internalKey === undefined
      ? {}
      : {
          internalKeys: {
            'platform-services': secret('UP_INTERNAL_KEY', internalKey),
            'user-service': secret('UP_INTERNAL_KEY', internalKey),
          },
        }),
    // The stored logs of a run have no secrets any more.
    logs: { files: join(runDir, 'logs', '{service}.log'), redacted: true },
    ...(telemetryEndpoint === undefined ? {} : { traces: { receiver: telemetryEndpoint } }),
    ...(mailFolder === undefined ? {} : { mail: { folder: mailFolder } }),
    ...(platform.monitoring ? { metrics: { prometheus: { url: platform.monitoring.prometheusUrl } } } : {}),
    allow: checks.flatMap(({ id, destructive, requires = [] }) =>
      destructive && !requires.includes('high-availability') ? [id] : [],
    ),
  };
  // The platform creates it with the first mail, but a target file with a folder that does not exist is wrong.
  if (mailFolder !== undefined) await mkdir(mailFolder, { recursive: true, mode: 0o700 });
  const files = { target: join(cacheDir, targetFile), variables: join(cacheDir, variablesFile) };
  await writeFile(files.target, stringify(target));
  const lines = [...variables].map(([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`);
  await writeFile(files.variables, lines.join(''), { mode: 0o600 });
  return files;
}
