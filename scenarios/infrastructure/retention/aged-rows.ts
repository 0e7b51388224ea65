import { createHash, randomUUID } from 'node:crypto';
import type { CheckContext } from '../../../harness/engine/index.ts';

/** A row of a table, and how long ago its time began, as an interval of PostgreSQL. */
export interface AgedRow {
  kind: string;
  /** Older than its documented time of retention. */
  isOutdated: boolean;
  /** Counts the row. */
  exists: string;
}

/** Whose rows they are. */
export interface Owner {
  tenantId: string;
  userId: string;
  workspaceId: string;
  sessionId: string;
}

interface Kind {
  kind: string;
  table: string;
  /** The column that tells the row from others, and its value as SQL. */
  key: (id: string) => readonly [column: string, value: string];
  /** Further columns with their values as SQL. `at` is the time of the row. */
  values: (owner: Owner, at: string) => Readonly<Record<string, string>>;
  /** Ages in days, of a row that must be deleted and of one that must stay. */
  outdated: number;
  kept: number;
}

const text = (value: string) => `'${value}'`;
const digest = (id: string) => `'\\x${createHash('sha256').update(id).digest('hex')}'::bytea`;
const byId = (id: string) => ['id', text(id)] as const;
const byDigest = (id: string) => ['token_hash', digest(id)] as const;

/** Schemas with a table of idempotency keys. */
const keySchemas = ['identity', 'profiles', 'airtable'] as const;

/** The documented times of retention (README.md), a day around each. */
const kinds: readonly Kind[] = [
  {
    kind: 'audit event',
    table: 'identity.audit_events',
    key: byId,
    values: ({ tenantId, userId }, at) => ({
      tenant_id: text(tenantId),
      actor_id: text(userId),
      event: text('login'),
      outcome: text('success'),
      created_at: at,
    }),
    outdated: 366,
    kept: 364,
  },
  {
    kind: 'analytics event',
    table: 'identity.analytics_events',
    key: byId,
    values: ({ tenantId, userId }, at) => ({
      tenant_id: text(tenantId),
      user_id: text(userId),
      event: text('aged'),
      occurred_at: at,
      received_at: at,
    }),
    outdated: 91,
    kept: 89,
  },
  {
    kind: 'session',
    table: 'identity.sessions',
    key: byId,
    values: ({ tenantId, userId }, at) => ({
      tenant_id: text(tenantId),
      user_id: text(userId),
      expires_at: at,
    }),
    outdated: 31,
    kept: 29,
  },
  {
    kind: 'refresh token',
    table: 'identity.refresh_tokens',
    key: byDigest,
    values: ({ tenantId, sessionId }, at) => ({
      tenant_id: text(tenantId),
      session_id: text(sessionId),
      expires_at: at,
    }),
    outdated: 31,
    kept: 29,
  },
  {
    kind: 'invitation',
    table: 'identity.invitations',
    key: byDigest,
    values: ({ tenantId, userId, workspaceId }, at) => ({
      tenant_id: text(tenantId),
      workspace_id: text(workspaceId),
      email: text('aged@readiness.example'),
      role: text('viewer'),
      invited_by: text(userId),
      expires_at: at,
    }),
    outdated: 31,
    kept: 29,
  },
  {
    kind: 'token of a mail',
    table: 'identity.account_tokens',
    key: byDigest,
    values: ({ tenantId, userId }, at) => ({
      tenant_id: text(tenantId),
      user_id: text(userId),
      purpose: text('verify_email'),
      email: text('aged@readiness.example'),
      expires_at: at,
    }),
    outdated: 31,
    kept: 29,
  },
  ...keySchemas.map(
    (schema): Kind => ({
      kind: `idempotency key in ${schema}`,
      table: `${schema}.idempotency_keys`,
      key: (id) => ['key_hash', digest(id)],
      values: ({ tenantId, userId }, at) => ({
        tenant_id: text(tenantId),
        user_id: text(userId),
        route: text('POST /aged'),
        response: `'\\x00'::bytea`,
        expires_at: at,
      }),
      outdated: 1,
      kept: -1,
    }),
  ),
];

/** Stores a row of each kind that must be deleted, and one that must stay. */
export async function plantAgedRows(
  context: Pick<CheckContext, 'databaseAdmin'>,
  owner: Owner,
): Promise<AgedRow[]> {
  const rows = kinds.flatMap((kind) =>
    [true, false].map((isOutdated) => {
      const at = `now() - interval '${isOutdated ? kind.outdated : kind.kept} days'`;
      const [column, value] = kind.key(randomUUID());
      const values = { [column]: value, ...kind.values(owner, at) };
      return {
        kind: kind.kind,
        isOutdated,
        insert: `insert into ${kind.table} (${Object.keys(values)}) values (${Object.values(values)})`,
        exists: `select count(*)::int as count from ${kind.table} where ${column} = ${value}`,
      };
    }),
  );
  await inTenant(
    context,
    owner,
    rows.map(({ insert }) => insert),
  );
  return rows.map(({ kind, isOutdated, exists }) => ({ kind, isOutdated, exists }));
}

/** Whether each row is still there. */
export async function readAgedRows(
  context: Pick<CheckContext, 'databaseAdmin'>,
  owner: Owner,
  rows: readonly AgedRow[],
): Promise<(AgedRow & { isThere: boolean })[]> {
  const counts = await inTenant(
    context,
    owner,
    rows.map(({ exists }) => exists),
  );
  return rows.map((row, index) => ({ ...row, isThere: counts[index] === 1 }));
}

/** Runs statements as a tenant in one transaction. @returns the `count` of each */
async function inTenant(
  { databaseAdmin }: Pick<CheckContext, 'databaseAdmin'>,
  { tenantId }: Owner,
  statements: readonly string[],
): Promise<(number | undefined)[]> {
  const client = await databaseAdmin().connect();
  try {
    await client.query('begin');
    await client.query("select set_config('app.tenant_id', $1, true)", [tenantId]);
    const counts: (number | undefined)[] = [];
    for (const statement of statements) {
      const { rows } = await client.query<{ count: number }>(statement);
      counts.push(rows[0]?.count);
    }
    await client.query('commit');
    return counts;
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}
