import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import {
  type NewPersonalToken,
  type PersonalToken,
  personalTokenLimits,
  type personalTokenRoutes,
  scopesBeyondResources,
} from '../../../contracts/platform-services/personal-tokens.ts';
import type { TokenResources, TokenScope } from '../../../contracts/token-scope.ts';
import { fieldProblem, problem } from '../../../kit/http/problem.ts';
import type { Database, Tenant } from '../../../kit/postgres/database.ts';
import { auditChange, type Origin } from '../audit/audit.ts';
import { revokeGrantsOfToken, revokeNarrowedGrants } from '../grants/grants.ts';
import { newPersonalToken } from './new-personal-token.ts';

type Definition = z.output<typeof NewPersonalToken>;
type TokenChange = z.output<(typeof personalTokenRoutes)['changeToken']['body']>;

interface Row extends Omit<PersonalToken, 'resources'> {
  resources: TokenResources | null;
  grant_id: string;
}

const columns = 'id, name, scopes, resources, created_at, expires_at, last_used_at';

function show({ resources, ...row }: Omit<Row, 'grant_id'>): PersonalToken {
  return { ...row, resources: resources ?? 'all' };
}

/** @throws ProblemError `validation_failed` when the scopes reach beyond the bases of the token */
function assertRights(rights: Parameters<typeof scopesBeyondResources>[0]): void {
  const beyond = scopesBeyondResources(rights);
  if (beyond.length > 0)
    throw fieldProblem(
      ['body', 'scopes'],
      `A token that is limited to some bases cannot have ${beyond.join(', ')}`,
    );
}

const unique = (scopes: readonly TokenScope[]) => [...new Set(scopes)];
const stored = (resources: Definition['resources']) => (resources === 'all' ? null : resources);

/**
 * Creates a token for the user.
 * @returns the token and its description; only its digest is stored
 * @throws ProblemError `validation_failed`, or `conflict` when the user has the maximum number of tokens
 */
export async function createPersonalToken(
  database: Database,
  who: Tenant,
  definition: Definition,
  origin: Origin,
): Promise<PersonalToken & { token: string }> {
  assertRights(definition);
  const { name, expires_at: expiresAt } = definition;
  if (expiresAt !== null && Date.parse(expiresAt) <= Date.now())
    throw fieldProblem(['body', 'expires_at'], 'Must be in the future');
  const scopes = unique(definition.scopes);
  const resources = stored(definition.resources);
  const fresh = newPersonalToken();
  return database.withTenant(who, async (tx) => {
    // Concurrent requests count in sequence.
    await tx.query('select 1 from identity.users where id = $1 for update', [who.userId]);
    const { rows: counted } = await tx.query<{ tokens: number }>(
      'select count(*) as tokens from identity.personal_tokens where user_id = $1',
      [who.userId],
    );
    if ((counted[0]?.tokens ?? 0) >= personalTokenLimits.perUser)
      throw problem('conflict', {
        message: `You have ${personalTokenLimits.perUser} tokens, the maximum. Revoke one first.`,
      });
    const { rows } = await tx.query<Row>(
      `insert into identity.personal_tokens
         (id, tenant_id, user_id, token_hash, grant_id, name, scopes, resources, expires_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning ${columns}`,
      [fresh.id, who.tenantId, who.userId, fresh.hash, randomUUID(), name, scopes, resources, expiresAt],
    );
    const details = { name, scopes, resources: definition.resources, expires_at: expiresAt };
    await auditChange(tx, who, origin, { event: 'token_created', subject: fresh.id, details });
    return { ...show(rows[0] as Row), token: fresh.token };
  });
}

/** The user's tokens, newest first. */
export async function listPersonalTokens(database: Database, who: Tenant): Promise<PersonalToken[]> {
  const { rows } = await database.tenantQuery<Row>(
    who,
    {
      name: 'list_personal_tokens',
      text: `select ${columns} from identity.personal_tokens where user_id = $1 order by created_at desc, id`,
    },
    [who.userId],
  );
  return rows.map(show);
}

/** @throws ProblemError `not_found` when the user has no such token */
export async function readPersonalToken(database: Database, who: Tenant, id: string): Promise<PersonalToken> {
  const { rows } = await database.tenantQuery<Row>(
    who,
    {
      name: 'read_personal_token',
      text: `select ${columns} from identity.personal_tokens where id = $1 and user_id = $2`,
    },
    [id, who.userId],
  );
  if (rows[0] === undefined) throw problem('not_found');
  return show(rows[0]);
}

/**
 * Changes a token of the user.
 * @returns the changed token, and the ids under which its former rights must be revoked if they have changed
 * @throws ProblemError `not_found` or `validation_failed`
 */
export async function changePersonalToken(
  database: Database,
  who: Tenant,
  id: string,
  { change, origin }: { change: TokenChange; origin: Origin },
): Promise<{ token: PersonalToken; revoked: string[] }> {
  return database.withTenant(who, async (tx) => {
    const { rows: found } = await tx.query<Row>(
      `select ${columns}, grant_id from identity.personal_tokens where id = $1 and user_id = $2 for update`,
      [id, who.userId],
    );
    const before = found[0];
    if (before === undefined) throw problem('not_found');
    const shown = show(before);
    const after = {
      name: change.name ?? shown.name,
      scopes: unique(change.scopes ?? shown.scopes),
      resources: change.resources ?? shown.resources,
    };
    assertRights(after);
    const sameRights = change.scopes === undefined && change.resources === undefined;
    const grantId = sameRights ? before.grant_id : randomUUID();
    const { rows } = await tx.query<Row>(
      `update identity.personal_tokens set name = $2, scopes = $3, resources = $4, grant_id = $5
       where id = $1 returning ${columns}`,
      [id, after.name, after.scopes, stored(after.resources), grantId],
    );
    await auditChange(tx, who, origin, { event: 'token_changed', subject: id, details: after });
    const narrowed = sameRights ? [] : await revokeNarrowedGrants(tx, id);
    return { token: show(rows[0] as Row), revoked: sameRights ? [] : [before.grant_id, ...narrowed] };
  });
}

/**
 * Deletes a token of the user.
 * @returns the ids under which its rights, and those of the grants made with it, must be revoked
 * @throws ProblemError `not_found`
 */
export async function deletePersonalToken(
  database: Database,
  who: Tenant,
  id: string,
  origin: Origin,
): Promise<string[]> {
  return database.withTenant(who, async (tx) => {
    const { rows } = await tx.query<{ name: string; grant_id: string }>(
      'delete from identity.personal_tokens where id = $1 and user_id = $2 returning name, grant_id',
      [id, who.userId],
    );
    if (rows[0] === undefined) throw problem('not_found');
    const details = { name: rows[0].name };
    await auditChange(tx, who, origin, { event: 'token_revoked', subject: id, details });
    return [rows[0].grant_id, ...(await revokeGrantsOfToken(tx, id))];
  });
}
