import { hasTenantRole, type TenantNeed, type TenantRole } from '../../../contracts/rights.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Tenant, Transaction } from '../../../kit/postgres/database.ts';

/** A user as administrators see it. */
export interface RankedUser {
  id: string;
  email: string;
  role: TenantRole;
  is_active: boolean;
  owns_tenant: boolean;
}

const ranks: Readonly<Record<TenantRole, number>> = { readonly: 0, user: 1, moderator: 2, admin: 3 };

/** Place of a user among the users of the tenant. A higher one includes the rights of lower ones. */
function rankOf({ role, owns_tenant }: Pick<RankedUser, 'role' | 'owns_tenant'>): number {
  return owns_tenant ? ranks.admin + 1 : ranks[role];
}

/** Whether a user may give this role in the tenant to another user. Nobody raises anybody above himself. */
export function mayGrant(actor: RankedUser, role: TenantRole): boolean {
  if (hasTenantRole(actor, 'admin')) return true;
  return hasTenantRole(actor, 'moderator') && ranks[role] < ranks.moderator;
}

/** Whether a user may deactivate, reactivate, change or remove another one. */
export function mayAdminister(actor: RankedUser, subject: RankedUser): boolean {
  if (hasTenantRole(actor, 'admin')) return rankOf(subject) <= rankOf(actor);
  return hasTenantRole(actor, 'moderator') && rankOf(subject) < ranks.moderator;
}

const rankedUser = {
  name: 'ranked_user',
  text: `select u.id, u.email, u.role, u.is_active, t.owner_id = u.id as owns_tenant
         from identity.users u join identity.tenants t using (tenant_id) where u.id = $1 for update of u`,
};

/**
 * Locks the tenant, which serializes changes of its users, and returns the caller. Rows that only refer to the tenant can
 * be inserted meanwhile: a request that holds the caller's row and inserts one would otherwise wait in a circle.
 * @throws ProblemError `forbidden` below the role
 */
export async function requireTenantRole(tx: Transaction, who: Tenant, need: TenantNeed): Promise<RankedUser> {
  await tx.query('select 1 from identity.tenants for no key update');
  const { rows } = await tx.query<RankedUser>(rankedUser, [who.userId]);
  const [actor] = rows;
  if (actor === undefined || !actor.is_active) throw problem('token_revoked');
  if (!hasTenantRole(actor, need)) throw problem('forbidden', { message: `This needs the role ${need}.` });
  return actor;
}

/** @throws ProblemError `not_found` when the tenant has no such user */
export async function lockUser(tx: Transaction, userId: string): Promise<RankedUser> {
  const { rows } = await tx.query<RankedUser>(rankedUser, [userId]);
  if (rows[0] === undefined) throw problem('not_found', { message: 'The tenant has no such user.' });
  return rows[0];
}

/**
 * @throws ProblemError `forbidden` when the subject stands above the actor; `conflict` when the subject is the owner,
 * who must transfer the tenant first
 */
export function assertAdministers(actor: RankedUser, subject: RankedUser): void {
  if (!mayAdminister(actor, subject))
    throw problem('forbidden', { message: 'You may not administer a user with this role.' });
  if (subject.owns_tenant)
    throw problem('conflict', {
      message: 'A tenant needs its owner. Transfer it to another user first: POST /tenant/transfer.',
    });
}
