import { readFileSync } from 'node:fs';
import { type ServiceName, serviceNames } from '../../../platform/contracts/service.ts';
import type { StackAddresses } from '../../engine/stack.ts';
import { ReadinessError } from '../../errors/readiness-error.ts';
import type { Capability } from '../../plan/plan.ts';
import { addressedServices, isLoopbackUrl, Secret, type Target } from './target.ts';

/** Reads the value of an environment variable; undefined if it is not set. */
export type ReadSecret = (name: string) => string | undefined;

/**
 * The value of a secret that a target file names.
 * @throws ReadinessError (exit code 2) that names the variable or the file, and the field.
 */
export function secretOf(secret: Secret, field: string, read: ReadSecret): string {
  const value = textOf(secret, read);
  if (value === '') throw missingSecrets([{ field, secret }]);
  return secret.address === undefined ? value : atAddress(value, secret.address);
}

/** The text of a secret; empty when its variable is not set, or its file cannot be read. */
function textOf({ env, file }: Secret, read: ReadSecret): string {
  if (file === undefined) return read(env ?? '') ?? '';
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}

/** A connection URL that leads to another server, and to no other one than that. */
function atAddress(url: string, address: string): string {
  const moved = URL.parse(url.replace(/^([a-z]+:\/\/(?:[^/@]*@)?)[^/?#]*/i, `$1${address}`));
  if (!moved) return url;
  // It chooses among several servers.
  moved.searchParams.delete('target_session_attrs');
  return moved.href;
}

/** Every secret that a target file names, with the field that names it. */
export function secretsOf(target: Target): { field: string; secret: Secret }[] {
  const found: { field: string; secret: Secret }[] = [];
  const walk = (value: unknown, field: string): void => {
    if (typeof value !== 'object' || value === null) return;
    const { success, data } = Secret.safeParse(value);
    if (success) found.push({ field, secret: data });
    else for (const [key, item] of Object.entries(value)) walk(item, field === '' ? key : `${field}.${key}`);
  };
  walk(target, '');
  return found;
}

/**
 * Checks that every secret of a target file can be read, before anything is planned or sent.
 * @throws ReadinessError (exit code 2) that names each missing variable or file with its field.
 */
export function requireSecrets(target: Target, read: ReadSecret): void {
  const missing = secretsOf(target).filter(({ secret }) => textOf(secret, read) === '');
  if (missing.length > 0) throw missingSecrets(missing);
}

function missingSecrets(missing: readonly { field: string; secret: Secret }[]): ReadinessError {
  const lines = missing.map(({ field, secret: { env, file } }) =>
    file === undefined
      ? `${field}: the variable ${env} is not set.`
      : `${field}: ${file} is empty or cannot be read.`,
  );
  const [first] = missing;
  const remove = `remove ${first?.field} from the target file.`;
  return new ReadinessError('target-secret-missing', lines.join('\n'), {
    hint:
      first?.secret.file === undefined
        ? `${first?.secret.env}=<value> npm run readiness -- run --target <file>, or ${remove}`
        : `Make ${first.secret.file} readable for your user, or ${remove}`,
  });
}

/** The addresses of a target. Services that it gives no address of are absent. */
export function targetAddresses(target: Target, read: ReadSecret): StackAddresses {
  const services = Object.fromEntries(Object.entries(target.services).filter(([, url]) => url !== undefined));
  const { database, redis } = target;
  const internalKey = target.internalKeys['platform-services'];
  const roles = Object.entries(database?.roles ?? {}).flatMap(([service, secret]) =>
    secret ? [[service, secretOf(secret, `database.roles.${service}`, read)] as const] : [],
  );
  return {
    services: services as Record<ServiceName, string>,
    ...(target.gatewayInside === undefined ? {} : { gatewayInside: new URL(target.gatewayInside).origin }),
    ...(database
      ? {
          postgres: {
            ...(database.admin ? { adminUrl: secretOf(database.admin, 'database.admin', read) } : {}),
            serviceUrls: Object.fromEntries(roles),
          } as NonNullable<StackAddresses['postgres']>,
        }
      : {}),
    ...(redis ? { redis: { url: secretOf(redis.admin, 'redis.admin', read) } } : {}),
    ...(internalKey ? { internalKey: secretOf(internalKey, 'internalKeys.platform-services', read) } : {}),
  };
}

/** What checks may rely on. Everything else is unmeasured. */
export function targetCapabilities(target: Target, rolesOfPlatform: readonly string[]): Set<Capability> {
  const capabilities = new Set<Capability>();
  if (target.database?.admin) capabilities.add('postgres-admin');
  const roles = Object.keys(target.database?.roles ?? {});
  if (rolesOfPlatform.every((service) => roles.includes(service))) capabilities.add('postgres-service-roles');
  if (target.redis) capabilities.add('redis-admin');
  if (target.internalKeys['platform-services'] && target.services['platform-services'])
    capabilities.add('internal-key');
  // Each service reports when its process started, so a restart does not pass unseen.
  if (addressedServices(target).length === serviceNames.length) capabilities.add('process-exits');
  const all = Object.values(target.services).filter((url) => url !== undefined);
  if (target.sourceAddresses === 'many' && all.every(isLoopbackUrl) && process.platform === 'linux')
    capabilities.add('many-source-addresses').add('local-sockets');
  return capabilities;
}

/** What to add to a target file for a capability; undefined for one that no target has. */
export const targetHints: Readonly<Partial<Record<Capability, string>>> = {
  'postgres-admin': 'Add database.admin to the target file.',
  'postgres-service-roles': 'Add database.roles with every service that has a role to the target file.',
  'redis-admin': 'Add redis.admin to the target file.',
  'internal-key':
    'Add internalKeys.platform-services and the address of platform-services to the target file.',
  accounts: 'Add accounts: { register: true } to the target file, or accounts.given with existing accounts.',
  registration:
    'The check registers users or changes its account. Add accounts: { register: true } to the target file.',
  'many-source-addresses':
    'Only a target on this machine that sees loopback addresses has it: sourceAddresses: many.',
  'service-addresses': 'Add the address of the service to the target file.',
  'local-sockets': 'Only a target whose processes run on this machine has it: sourceAddresses: many.',
  'boot-times': 'The harness did not start the target. Use the process runtime.',
  'process-exits': 'Add the addresses of all ten services to the target file.',
  logs: 'Add logs.files or logs.loki to the target file.',
  'unredacted-logs':
    'Add logs.files or logs.loki of logs that nothing has been removed from to the target file.',
  traces: 'Add traces.receiver or traces.tempo to the target file.',
  mail: 'Add mail.folder or mail.mailpit to the target file.',
  'model-server': 'A target uses its own model. Use the process runtime.',
  monitoring: 'Add metrics.prometheus to the target file.',
  'node-restart': 'The harness restarts only what it has started: npm run readiness',
  'high-availability':
    'The harness stops only servers that it has started: npm run readiness -- run --with high-availability',
  'source-checkout': 'The image of a target may come from other sources. Use the process runtime.',
};
