import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { AccessClaims } from '../../../contracts/identity.ts';
import { type Grant, grantLimits, type NewGrant } from '../../../contracts/platform-services/grants.ts';
import type { TokenResources } from '../../../contracts/token-scope.ts';
import { tenantOf } from '../../../kit/auth/tenant-of.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database, Tenant, Transaction } from '../../../kit/postgres/database.ts';
import { auditChange, type Origin } from '../audit/audit.ts';
import { authorityLost } from './mint-token.ts';

const columns = `id, service, purpose, run_id, workspace_id, scopes, created_at, last_used_at, expires_at,
  revoked_at`;

interface Origins {
  personal_token_id: string | null;
  parent_id: string | null;
  /** Number of grants in a row that lead to a new one. */
  depth: number;
}

/**
 * The token or grant behind the rights of a limited access token.
 * @throws ProblemError `token_revoked` when neither exists any more
 */
async function originsOf(tx: Transaction, claims: AccessClaims): Promise<Origins> {
  if (claims.scope === undefined) return { personal_token_id: null, parent_id: null, depth: 0 };
  const { rows } = await tx.query<Origins>(
    `select id as personal_token_id, null::uuid as parent_id, 0 as depth from identity.personal_tokens
     where grant_id = $1 and user_id = $2
     union all
     select personal_token_id, id, depth + 1 from identity.grants
     where id = $1 and user_id = $2 and revoked_at is null`,
    [claims.session_id, claims.user_id],
  );
  if (rows[0] === undefined) throw problem('token_revoked');
  return rows[0];
}

/**
 * Stores that a service may act for the user of an access token.
 * @param claims of the user's access token
 * @throws ProblemError `authority_lost` for scopes that the access token does not have, and in a chain that is too long
 */
export async function createGrant(
  database: Database,
  claims: AccessClaims,
  wanted: z.output<typeof NewGrant>,
  origin: Origin,
): Promise<Grant> {
  const who = tenantOf(claims);
  const held = claims.scope?.split(' ');
  const missing = [...wanted.scopes, ...wanted.compensation_scopes].filter((scope) => !held?.includes(scope));
  if (held !== undefined && missing.length > 0) {
    throw authorityLost('token_narrowed', `The token needs the scope ${[...new Set(missing)].join(', ')}.`);
  }
  const resources: TokenResources | null = claims.resources ?? null;
  return database.withTenant(who, async (tx) => {
    const { personal_token_id, parent_id, depth } = await originsOf(tx, claims);
    if (depth > grantLimits.chain) throw authorityLost('chain_too_long');
    const { rows } = await tx.query<Grant>(
      `insert into identity.grants
         (id, tenant_id, user_id, service, purpose, run_id, workspace_id, level, scopes, compensation_scopes,
          resources, personal_token_id, parent_id, expires_at, depth)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) returning ${columns}`,
      [
        randomUUID(),
        who.tenantId,
        who.userId,
        wanted.service,
        wanted.purpose,
        wanted.run_id,
        wanted.workspace_id,
        wanted.level,
        [...new Set(wanted.scopes)],
        [...new Set(wanted.compensation_scopes)],
        resources,
        personal_token_id,
        parent_id,
        wanted.expires_at,
        depth,
      ],
    );
    const grant = rows[0] as Grant;
    const { service, purpose, run_id, scopes } = grant;
    const details = { service, purpose, run_id, scopes };
    await auditChange(tx, who, origin, { event: 'grant_created', subject: grant.id, details });
    return grant;
  });
}

/** The user's grants, newest first. */
export async function listGrants(database: Database, who: Tenant): Promise<Grant[]> {
  const { rows } = await database.tenantQuery<Grant>(
    who,
    {
      name: 'list_grants',
      text: `select ${columns} from identity.grants where user_id = $1 order by created_at desc, id limit 200`,
    },
    [who.userId],
  );
  return rows;
}

/** Revokes the grants that a condition selects, and all that were made from them. */
async function revokeWhere(
  tx: Transaction,
  condition: string,
  values: readonly unknown[],
): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `with recursive ending as (
       select id from identity.grants where ${condition}
       union
       select g.id from identity.grants g join ending e on g.parent_id = e.id
     )
     update identity.grants g set revoked_at = clock_timestamp()
     from ending e where g.id = e.id and g.revoked_at is null returning g.id`,
    values,
  );
  return rows.map(({ id }) => id);
}

/**
 * Revokes a grant of the user and those made from it. `publishEnds` runs before the commit: if the access tokens cannot
 * be ended everywhere, nothing is revoked.
 * @throws ProblemError `not_found`; `not_ready` when Redis cannot be reached
 */
export async function revokeGrant(
  { database, publishEnds }: { database: Database; publishEnds(ids: readonly string[]): Promise<void> },
  who: Tenant,
  id: string,
  origin: Origin,
): Promise<void> {
  await database.withTenant(who, async (tx) => {
    const { rows } = await tx.query<{ run_id: string }>(
      'select run_id from identity.grants where id = $1 and user_id = $2 for update',
      [id, who.userId],
    );
    if (rows[0] === undefined) throw problem('not_found');
    const ended = await revokeWhere(tx, 'id = $1', [id]);
    // Also published when it was revoked before: the first attempt may have failed right here.
    await publishEnds(ended.length > 0 ? ended : [id]);
    const details = { run_id: rows[0].run_id, grants: ended.length };
    await auditChange(tx, who, origin, { event: 'grant_revoked', subject: id, details });
  });
}

/**
 * Revokes the grants that the user made with a personal access token, in the transaction that revokes it.
 * @returns ids whose access tokens must be ended
 */
export function revokeGrantsOfToken(tx: Transaction, personalTokenId: string): Promise<string[]> {
  return revokeWhere(tx, 'personal_token_id = $1', [personalTokenId]);
}

/**
 * Revokes the grants that a changed personal access token no longer covers: those with a scope that it lost, and all if
 * its bases are limited now.
 * @returns ids whose access tokens must be ended
 */
export function revokeNarrowedGrants(tx: Transaction, personalTokenId: string): Promise<string[]> {
  return revokeWhere(
    tx,
    `personal_token_id = $1 and exists (
       select from identity.personal_tokens t where t.id = $1
         and (not grants.scopes <@ t.scopes or t.resources is not null and t.resources is distinct from grants.resources))`,
    [personalTokenId],
  );
}

/** Deletes a grant whose run has ended. Succeeds when there is none. */
export async function endGrant(database: Database, tenantId: string, id: string): Promise<void> {
  await database.tenantQuery(
    { tenantId, userId: id },
    { name: 'end_grant', text: 'delete from identity.grants where id = $1' },
    [id],
  );
}
