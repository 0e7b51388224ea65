import { createHash } from 'node:crypto';
import { atLeast, defineCheck, empty, equals, matches } from '../../harness/engine/index.ts';
import { registrationWorks } from '../authentication/check-fields.ts';
import { serviceDatabases } from '../kit/service-databases.ts';
import { valueAt } from '../kit/shape.ts';
import { checklistItem } from './check-fields.ts';
import { credentialBreaks } from './session-breaks.ts';

/** OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, two iterations, one lane. */
const minimumMemoryKiB = 19_456;
const minimumIterations = 2;

export const credentialManagement = defineCheck({
  ...checklistItem,
  id: 'security.credential-management',
  title: 'The database stores no usable credentials',
  why: 'Databases are copied into backups, tickets and laptops. Nobody may sign in with their content (ASVS 5.0 11.4).',
  needs: ['infrastructure.schema.identity-tables', registrationWorks],
  requires: ['postgres-admin', 'postgres-service-roles'],
  remediation: {
    text: 'Hash passwords with argon2id (m ≥ 19456, t ≥ 2), store digests of refresh tokens, encrypt private keys with KEY_ENCRYPTION_KEY, and give every service its own long random password.',
    effort: 'days',
  },
  expects: {
    passwordHash: matches(/^\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+$/),
    memory: atLeast(minimumMemoryKiB, 'KiB'),
    iterations: atLeast(minimumIterations, 'iterations'),
    samePasswordSameHash: equals(false),
    plainSecretsStored: empty(),
    refreshTokenDigests: equals(1),
    privateKeysInPlain: empty(),
    weakDatabasePasswords: empty(),
  },
  run: async (context) => {
    const { databaseAdmin, http, unique, newAddress, stack } = context;
    const pool = databaseAdmin();
    const password = `Same-for-both-${unique('pw')}`;
    const register = () =>
      http.request('gateway', '/api/auth/register', {
        method: 'POST',
        body: { email: `${unique('hash')}@readiness.example`, password, name: 'Hash' },
        from: newAddress(),
      });
    const [one, two] = [await register(), await register()];
    const ids = [one, two].map(({ json }) => valueAt(json, 'user', 'id'));
    const tenants = [one, two].map(({ json }) => valueAt(json, 'user', 'tenant_id'));
    const refreshToken = String(valueAt(one.json, 'refresh_token'));

    // Row-level security applies to the owner too, so every query sets its tenant.
    const client = await pool.connect();
    const inTenant = async <T>(tenant: unknown, sql: string, values: unknown[]): Promise<T[]> => {
      await client.query('begin');
      try {
        await client.query("select set_config('app.tenant_id', $1, true)", [String(tenant)]);
        return (await client.query(sql, values)).rows as T[];
      } finally {
        await client.query('rollback');
      }
    };
    try {
      const hashes: string[] = [];
      for (const [index, id] of ids.entries()) {
        const rows = await inTenant<{ hash: string }>(
          tenants[index],
          'select password_hash as hash from identity.users where id = $1',
          [id],
        );
        hashes.push(rows[0]?.hash ?? '');
      }
      const plainSecretsStored: string[] = [];
      for (const table of ['users', 'sessions', 'refresh_tokens', 'audit_events', 'tenants']) {
        const [found] = await inTenant<{ count: number }>(
          tenants[0],
          `select count(*)::int as count from identity.${table} t
           where position($1 in row_to_json(t)::text) > 0 or position($2 in row_to_json(t)::text) > 0`,
          [password, refreshToken],
        );
        if (found?.count !== 0) plainSecretsStored.push(`identity.${table}`);
      }
      const digests = await inTenant<{ count: number }>(
        tenants[0],
        'select count(*)::int as count from identity.refresh_tokens where token_hash = $1',
        [createHash('sha256').update(refreshToken).digest()],
      );
      const { rows: keys } = await client.query<{ kid: string; encrypted: string; jwk: string }>(
        `select kid, encode(private_key_sealed, 'escape') as encrypted, public_jwk::text as jwk from identity.signing_keys`,
      );
      const parts = /^(\$argon2id\$v=19\$m=(\d+),t=(\d+),p=\d+)\$/.exec(hashes[0] ?? '');
      return {
        passwordHash: parts?.[1] ?? (hashes[0] ?? '').slice(0, 12),
        memory: Number(parts?.[2] ?? 0),
        iterations: Number(parts?.[3] ?? 0),
        samePasswordSameHash: hashes[0] === hashes[1],
        plainSecretsStored,
        refreshTokenDigests: digests[0]?.count ?? 0,
        privateKeysInPlain:
          keys.length === 0
            ? ['there is no signing key']
            : keys
                .filter(({ encrypted, jwk }) => /PRIVATE KEY|"d"\s*:/.test(encrypted + jwk))
                .map(({ kid }) => kid),
        weakDatabasePasswords: weakPasswords(stack.postgres?.serviceUrls ?? {}),
      };
    } finally {
      client.release();
    }
  },
  breaks: credentialBreaks,
});

/** Roles whose password is short or the same as another's. The result never contains a password. */
function weakPasswords(urls: Readonly<Record<string, string>>): string[] {
  const seen = new Map<string, string>();
  return serviceDatabases.flatMap(({ service, role }) => {
    const password = decodeURIComponent(new URL(urls[service] ?? 'postgres://').password);
    const twin = seen.get(password);
    seen.set(password, role);
    if (password.length < 16) return [`${role}: ${password.length} characters`];
    return twin ? [`${role}: the same as ${twin}`] : [];
  });
}
