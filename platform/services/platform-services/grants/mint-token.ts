import { createHash } from 'node:crypto';
import type { User } from '../../../contracts/identity.ts';
import {
  type ActingService,
  type AuthorityLoss,
  authorityLosses,
  exchangeTypes,
  grantLimits,
} from '../../../contracts/platform-services/grants.ts';
import { type ProblemError, problem } from '../../../kit/http/problem.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { auditValues, insertAudit, type Origin } from '../audit/audit.ts';
import type { TokenIssuer } from '../sessions/tokens.ts';
import { findAuthorityLoss, type GrantState } from './judge-authority.ts';

/** The problem of a grant without authority. The type of its only detail is the reason as a code. */
export function authorityLost(loss: AuthorityLoss, message: string = authorityLosses[loss]): ProblemError {
  return problem('authority_lost', { message, details: [{ type: loss, loc: ['grant'], msg: message }] });
}

interface GrantRow extends User, GrantState {
  grant_id: string;
  role: User['role'];
  service: string;
  run_id: string;
  compensation_scopes: string[];
  seconds_left: number | null;
}

const userColumns = (u: string) =>
  `${u}.id, ${u}.tenant_id, ${u}.email, ${u}.name, ${u}.first_name, ${u}.last_name, ${u}.role, ${u}.is_active,
   ${u}.created_at`;

/** Everything that a minting looks at, as it is now. */
const readGrant = {
  name: 'read_grant',
  text: `
    select g.id as grant_id, g.service, g.run_id, g.scopes, g.compensation_scopes, g.level, g.resources,
           g.workspace_id, g.personal_token_id, g.revoked_at is not null as revoked,
           coalesce(g.expires_at <= clock_timestamp(), false) as expired,
           floor(extract(epoch from least(g.expires_at, t.expires_at) - clock_timestamp()))::float8 as seconds_left,
           m.role as workspace_role, n.owner_id = u.id as owns_tenant, t.scopes as token_scopes, t.resources as token_resources, ${userColumns('u')}
    from identity.grants g
    join identity.users u on u.id = g.user_id
    join identity.tenants n on n.tenant_id = u.tenant_id
    left join identity.workspace_members m on m.workspace_id = g.workspace_id and m.user_id = g.user_id
    left join identity.personal_tokens t
      on t.id = g.personal_token_id and (t.expires_at is null or t.expires_at > clock_timestamp())
    where g.id = $1`,
};

const noteUse = {
  name: 'note_use_of_grant',
  text: 'update identity.grants set last_used_at = clock_timestamp() where id = $1',
};

/** Who stands in for a user without authority: an owner of the workspace, or of the tenant. */
const readStandIn = {
  name: 'read_stand_in',
  text: `
    select ${userColumns('u')} from identity.users u join identity.tenants t on t.tenant_id = u.tenant_id
    left join identity.workspace_members m on m.user_id = u.id and m.workspace_id = $1 and m.role = 'owner'
    where u.is_active and (m.user_id is not null or t.owner_id = u.id)
    order by m.user_id is null, t.owner_id = u.id desc, u.created_at limit 1`,
};

export interface MintRequest {
  grantId: string;
  tenantId: string;
  actor: ActingService;
  /** For undoing: see the contract. */
  compensation: boolean;
}

export interface MintedToken {
  access_token: string;
  issued_token_type: typeof exchangeTypes.accessToken;
  token_type: 'Bearer';
  expires_in: number;
  scope: string;
  stands_in: boolean;
}

/**
 * Mints an access token from a grant, after looking again at everything it depends on.
 * @throws ProblemError `not_found` for a grant that does not exist or belongs to another service; `authority_lost`
 */
export async function mintToken(
  { database, issuer }: { database: Database; issuer: TokenIssuer },
  { grantId, tenantId, actor, compensation }: MintRequest,
  origin: Origin,
): Promise<MintedToken> {
  const who = { tenantId, userId: grantId };
  // Taken before the rights are read: a later revocation is remembered for longer than the token lives.
  const nowS = Math.floor(Date.now() / 1000);
  const { rows } = await database.tenantQuery<GrantRow>(who, readGrant, [grantId]);
  const state = rows[0];
  if (state === undefined || state.service !== actor) throw problem('not_found');
  const loss = findAuthorityLoss(state);
  const standsIn = loss !== undefined && compensation && state.compensation_scopes.length > 0;
  const user = standsIn
    ? (await database.tenantQuery<User>(who, readStandIn, [state.workspace_id])).rows[0]
    : state;
  if (loss !== undefined && (!standsIn || user === undefined)) {
    const entry = {
      event: 'grant_refused' as const,
      outcome: 'failure' as const,
      tenantId,
      actorId: state.id,
      subject: grantId,
      details: { reason: loss },
    };
    const acting = { ...origin, actingService: actor, runId: state.run_id };
    await database.tenantQuery(who, insertAudit, auditValues(entry, acting));
    throw authorityLost(loss);
  }
  const scope = (standsIn ? state.compensation_scopes : state.scopes).join(' ');
  const { resources } = state;
  const secondsLeft = standsIn ? null : state.seconds_left;
  const minted = await issuer.issueLimited(user as User, {
    // A stand-in's token has a life of its own: the grant may be on the list of revocations.
    grantId: standsIn ? standInSession(grantId) : grantId,
    scope,
    ...(resources === null ? {} : { resources }),
    act: { sub: actor },
    run: state.run_id,
    ...(compensation ? { undoes: true as const } : {}),
    maxSeconds: Math.max(1, Math.min(grantLimits.tokenSeconds, secondsLeft ?? Number.POSITIVE_INFINITY)),
    nowS,
  });
  await database.tenantQuery(who, noteUse, [grantId]);
  return {
    ...minted,
    issued_token_type: exchangeTypes.accessToken,
    token_type: 'Bearer',
    scope,
    stands_in: standsIn,
  };
}

/** The id that stands for the compensation of a grant in revocations: a version 8 UUID of its hash. */
function standInSession(grantId: string): string {
  const hash = createHash('sha256').update(`compensation ${grantId}`).digest('hex');
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}
