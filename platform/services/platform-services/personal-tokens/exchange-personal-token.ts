import type { User } from '../../../contracts/identity.ts';
import { personalToken, personalTokenLimits } from '../../../contracts/platform-services/personal-tokens.ts';
import type { TokenResources, TokenScope } from '../../../contracts/token-scope.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { type TokenIssuer, tokenHash } from '../sessions/tokens.ts';

const findToken = {
  name: 'find_personal_token',
  text: 'select id, tenant_id, user_id from identity.find_personal_token($1)',
};

interface Grant extends User {
  grant_id: string;
  scopes: TokenScope[];
  resources: TokenResources | null;
  seconds_left: number | null;
}

/** The rights of a token and its user. Notes the use, unless that was done within the last `$2` seconds. */
const useToken = {
  name: 'use_personal_token',
  text: `
    with used as (
      update identity.personal_tokens set last_used_at = clock_timestamp()
      where id = $1 and (last_used_at is null or last_used_at < clock_timestamp() - make_interval(secs => $2::int))
        and (expires_at is null or expires_at > clock_timestamp())
    )
    select t.grant_id, t.scopes, t.resources,
           floor(extract(epoch from t.expires_at - clock_timestamp()))::float8 as seconds_left,
           u.id, u.tenant_id, u.email, u.name, u.first_name, u.last_name, u.role, u.is_active, u.created_at
    from identity.personal_tokens t join identity.users u on u.id = t.user_id
    where t.id = $1 and u.is_active`,
};

/**
 * Exchanges a personal access token for an access token with its rights.
 * @throws ProblemError `unauthenticated` or `token_expired`
 */
export async function exchangePersonalToken(
  { database, issuer }: { database: Database; issuer: TokenIssuer },
  token: string,
): Promise<{ access_token: string; expires_in: number }> {
  const unknown = () => problem('unauthenticated', { message: 'This personal access token is unknown.' });
  if (!personalToken.safeParse(token).success) throw unknown();
  // Taken before the rights are read: a later revocation is remembered for the lifetime of an access token.
  const nowS = Math.floor(Date.now() / 1000);
  const found = await database.query<{ id: string; tenant_id: string; user_id: string }>(findToken, [
    tokenHash(token),
  ]);
  const known = found.rows[0];
  if (known === undefined) throw unknown();
  const { rows } = await database.tenantQuery<Grant>(
    { tenantId: known.tenant_id, userId: known.user_id },
    useToken,
    [known.id, personalTokenLimits.lastUsedSeconds],
  );
  if (rows[0] === undefined) throw unknown();
  const { grant_id, scopes, resources, seconds_left, ...user } = rows[0];
  if (seconds_left !== null && seconds_left < 1) throw problem('token_expired');
  return issuer.issueLimited(user, {
    grantId: grant_id,
    scope: scopes.join(' '),
    ...(resources === null ? {} : { resources }),
    maxSeconds: seconds_left ?? Number.POSITIVE_INFINITY,
    nowS,
  });
}
