import { randomBytes } from 'node:crypto';
import type { Redactor } from '../logs/redactor.ts';

/** Secrets of one run. Every run has new ones, so a leaked secret is worthless. */
export interface RunSecrets {
  /** Shared by the services for calls to each other. */
  readonly internalApiKey: string;
  /** Encrypts signing keys at rest; 32 bytes in base64. */
  readonly keyEncryptionKey: string;
  /** Password of PostgreSQL's superuser. */
  readonly postgresPassword: string;
  /** Password of the role with which a standby follows the primary. */
  readonly replicationPassword: string;
  readonly redisPassword: string;
  /** Password of the Sentinels. */
  readonly sentinelPassword: string;
  /** Password per database role. */
  readonly rolePasswords: Readonly<Record<string, string>>;
}

export function makeRunSecrets(options: { roles: readonly string[]; redactor: Redactor }): RunSecrets {
  const secrets: RunSecrets = {
    internalApiKey: randomBytes(32).toString('hex'),
    keyEncryptionKey: randomBytes(32).toString('base64'),
    postgresPassword: newPassword(),
    replicationPassword: newPassword(),
    redisPassword: newPassword(),
    sentinelPassword: newPassword(),
    rolePasswords: Object.fromEntries(options.roles.map((role) => [role, newPassword()])),
  };
  const { rolePasswords, ...others } = secrets;
  for (const secret of [...Object.values(others), ...Object.values(rolePasswords)])
    options.redactor.add(secret);
  return secrets;
}

/** A random password that needs no quoting in SQL, JSON, URLs or configuration files. */
function newPassword(): string {
  return randomBytes(24).toString('hex');
}
