import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunSecrets } from '../stack/run-secrets.ts';
import { databaseRoles } from '../stack/service-environment.ts';
import { adminRole, databaseName } from '../stores/postgres/settings.ts';

/** What only the compose file needs. */
interface ComposeSecrets {
  /** Password of the role that reads PostgreSQL's metrics. */
  monitoringPassword: string;
  /** Password of Grafana's administrator. */
  grafanaPassword: string;
  /** Where Alertmanager sends alerts; undefined: the file is not written. */
  alertWebhookUrl: string | undefined;
  /** Key of the language model; empty: the model does not work. */
  geminiApiKey: string;
  /** URL of the mail server, with its password; empty: mails stay in the container. */
  smtpUrl: string;
}

/** The servers of PostgreSQL in the compose file; services use the one that accepts writes. */
const databaseHosts = 'postgres:5432,postgres-standby:5432';
const redisAddress = 'redis:6379';

/** Name of the file with the connection URL of a database role. */
export function databaseUrlFile(role: string): string {
  return `${role}_database_url`;
}

/** The files of the compose file's secrets, by name. */
export function secretFiles(secrets: RunSecrets, own: ComposeSecrets): Readonly<Record<string, string>> {
  const databaseUrl = (role: string, password: string) =>
    `postgresql://${role}:${password}@${databaseHosts}/${databaseName}?target_session_attrs=read-write`;
  const { rolePasswords, redisPassword } = secrets;
  return {
    internal_api_key: secrets.internalApiKey,
    key_encryption_key: secrets.keyEncryptionKey,
    gemini_api_key: own.geminiApiKey,
    smtp_url: own.smtpUrl,
    postgres_password: secrets.postgresPassword,
    postgres_replication_password: secrets.replicationPassword,
    postgres_monitoring_password: own.monitoringPassword,
    // The migration job connects to one server; it never runs on a standby.
    admin_database_url: `postgresql://${adminRole}:${secrets.postgresPassword}@postgres:5432/${databaseName}`,
    service_passwords: JSON.stringify(rolePasswords),
    ...Object.fromEntries(
      Object.values(databaseRoles).map((role) => [
        databaseUrlFile(role),
        databaseUrl(role, rolePasswords[role] ?? ''),
      ]),
    ),
    redis_password: redisPassword,
    // Part of Redis' configuration.
    redis_auth: `requirepass ${redisPassword}\n`,
    redis_url: `redis://default:${redisPassword}@${redisAddress}/0`,
    redis_exporter_passwords: JSON.stringify({ [`redis://${redisAddress}`]: redisPassword }),
    grafana_admin_password: own.grafanaPassword,
    ...(own.alertWebhookUrl === undefined ? {} : { alert_webhook_url: own.alertWebhookUrl }),
  };
}

/** A random password that needs no quoting in SQL, JSON, URLs or configuration files. */
function newPassword(): string {
  return randomBytes(24).toString('hex');
}

/**
 * All secrets, with new values for those that the files do not contain. Values that appear in several files are taken
 * from one of them, so that the others fit.
 * @param files texts of existing files, by name
 * @throws SyntaxError when `service_passwords` is not JSON
 */
export function completeSecrets(
  files: Readonly<Record<string, string>>,
  alertWebhookUrl?: string,
): { secrets: RunSecrets; own: ComposeSecrets } {
  const text = (name: string) => files[name]?.trim() || undefined;
  const passwords = JSON.parse(text('service_passwords') ?? '{}') as Record<string, string>;
  return {
    secrets: {
      internalApiKey: text('internal_api_key') ?? randomBytes(32).toString('hex'),
      keyEncryptionKey: text('key_encryption_key') ?? randomBytes(32).toString('base64'),
      postgresPassword: text('postgres_password') ?? newPassword(),
      replicationPassword: text('postgres_replication_password') ?? newPassword(),
      redisPassword: text('redis_password') ?? newPassword(),
      // Only in memory: the stack of Compose has no Sentinels.
      sentinelPassword: newPassword(),
      rolePasswords: Object.fromEntries(
        Object.values(databaseRoles).map((role) => [role, passwords[role] ?? newPassword()]),
      ),
    },
    own: {
      monitoringPassword: text('postgres_monitoring_password') ?? newPassword(),
      grafanaPassword: text('grafana_admin_password') ?? newPassword(),
      alertWebhookUrl,
      geminiApiKey: '',
      smtpUrl: '',
    },
  };
}

/** The texts of the files of a folder, by name; none when it does not exist. */
export async function readSecretFiles(folder: string): Promise<Record<string, string>> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)),
  );
}

/**
 * Writes the files that do not exist yet. Only their owner can enter the folder. The files themselves are readable,
 * because each container reads its own ones as another user.
 * @returns the names of the written files
 */
export async function writeSecretFiles(
  folder: string,
  files: Readonly<Record<string, string>>,
): Promise<string[]> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const existing = new Set(await readdir(folder));
  const written = Object.entries(files).filter(([name]) => !existing.has(name));
  for (const [name, text] of written) {
    const path = join(folder, name);
    await writeFile(path, text, { flag: 'wx' });
    await chmod(path, 0o444);
  }
  return written.map(([name]) => name);
}
