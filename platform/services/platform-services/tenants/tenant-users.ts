import type { z } from 'zod';
import type {
  TenantUser,
  Tenant as TenantView,
  tenantUserRoutes,
} from '../../../contracts/platform-services/tenant-users.ts';
import type { TenantRole } from '../../../contracts/rights.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database, Tenant, Transaction } from '../../../kit/postgres/database.ts';
import { auditChange, type Origin } from '../audit/audit.ts';
import { endAccess } from './end-access.ts';
import { assertAdministers, lockUser, mayGrant, requireTenantRole } from './tenant-roles.ts';

export type UserFilter = z.output<(typeof tenantUserRoutes)['listTenantUsers']['query']>;

const userColumns = `u.id, u.email, u.name, u.role, u.is_active, u.created_at, u.last_login_at,
  t.owner_id = u.id as is_owner,
  coalesce((select jsonb_agg(jsonb_build_object('id', w.id, 'name', w.name, 'role', m.role) order by lower(w.name), w.id)
            from identity.workspace_members m join identity.workspaces w on w.id = m.workspace_id
            where m.user_id = u.id), '[]') as workspaces`;

export async function readTenant(database: Database, who: Tenant): Promise<TenantView> {
  const { rows } = await database.tenantQuery<TenantView>(who, {
    name: 'read_tenant',
    text: 'select tenant_id as id, name, owner_id, created_at from identity.tenants',
  });
  return rows[0] as TenantView;
}

export async function renameTenant(
  database: Database,
  who: Tenant,
  name: string,
  origin: Origin,
): Promise<TenantView> {
  await database.withTenant(who, async (tx) => {
    await requireTenantRole(tx, who, 'admin');
    await tx.query('update identity.tenants set name = $1', [name]);
    await auditChange(tx, who, origin, { event: 'tenant_renamed', subject: who.tenantId, details: { name } });
  });
  return readTenant(database, who);
}

/** One page of the tenant's users by name. The total is correct even past the last page. */
export async function listUsers(
  database: Database,
  who: Tenant,
  { page, page_size, role, active, search }: UserFilter,
): Promise<{ users: TenantUser[]; total: number }> {
  const { rows } = await database.tenantQuery<TenantUser & { total: number }>(
    who,
    {
      name: 'list_tenant_users',
      text: `
        with matching as (
          select u.* from identity.users u
          where ($1::text is null or u.role = $1) and ($2::boolean is null or u.is_active = $2)
            and ($3::text is null or position(lower($3) in lower(u.name)) > 0
                 or position(lower($3) in lower(u.email)) > 0)
        )
        select (select count(*) from matching) as total, page.*
        from (values (1)) as always(x)
        left join lateral (
          select ${userColumns} from matching u join identity.tenants t using (tenant_id)
          order by lower(u.name), u.id limit $4 offset $5
        ) page on true`,
    },
    [
      role ?? null,
      active === undefined ? null : active === 'true',
      search || null,
      page_size,
      (page - 1) * page_size,
    ],
  );
  return { total: rows[0]?.total ?? 0, users: rows.filter(({ id }) => id !== null) };
}

async function userIn(tx: Transaction, userId: string): Promise<TenantUser> {
  const { rows } = await tx.query<TenantUser>(
    {
      name: 'read_tenant_user',
      text: `select ${userColumns} from identity.users u join identity.tenants t using (tenant_id) where u.id = $1`,
    },
    [userId],
  );
  if (rows[0] === undefined) throw problem('not_found', { message: 'The tenant has no such user.' });
  return rows[0];
}

/** @throws ProblemError `not_found` when the tenant has no such user */
export function readUser(database: Database, who: Tenant, userId: string): Promise<TenantUser> {
  return database.withTenant(who, (tx) => userIn(tx, userId));
}

/** @throws ProblemError `not_found`, `forbidden`, or `conflict` for the owner */
export function changeRole(
  database: Database,
  who: Tenant,
  { userId, role }: { userId: string; role: TenantRole },
  origin: Origin,
): Promise<TenantUser> {
  return database.withTenant(who, async (tx) => {
    const actor = await requireTenantRole(tx, who, 'admin');
    const subject = await lockUser(tx, userId);
    assertAdministers(actor, subject);
    if (!mayGrant(actor, role)) throw problem('forbidden');
    if (subject.role !== role) {
      await tx.query('update identity.users set role = $2, updated_at = now() where id = $1', [userId, role]);
      const details = { from: subject.role, to: role };
      await auditChange(tx, who, origin, { event: 'user_role_changed', subject: userId, details });
    }
    return userIn(tx, userId);
  });
}

export interface EndsAccess {
  database: Database;
  /** Ends sessions and API keys in every service at once. @throws ProblemError `not_ready` */
  publishEnds(sessionIds: readonly string[]): Promise<void>;
}

/**
 * Deactivates a user. If the sessions cannot be ended everywhere, nothing is changed.
 * @throws ProblemError `not_found`, `forbidden`, `not_ready`, or `conflict` for the owner and the caller
 */
export function deactivateUser(
  { database, publishEnds }: EndsAccess,
  who: Tenant,
  userId: string,
  origin: Origin,
): Promise<TenantUser> {
  return database.withTenant(who, async (tx) => {
    const actor = await requireTenantRole(tx, who, 'moderator');
    const subject = await lockUser(tx, userId);
    assertAdministers(actor, subject);
    if (userId === who.userId)
      throw problem('conflict', {
        message: 'You cannot deactivate yourself. Another administrator can, or delete your account.',
      });
    if (subject.is_active) {
      await tx.query('update identity.users set is_active = false, updated_at = now() where id = $1', [
        userId,
      ]);
      await auditChange(tx, who, origin, { event: 'user_deactivated', subject: userId });
    }
    // Also for a user who is inactive already: the first attempt may have failed to reach every service.
    await publishEnds(await endAccess(tx, userId));
    return userIn(tx, userId);
  });
}

/** @throws ProblemError `not_found` or `forbidden` */
export function reactivateUser(
  database: Database,
  who: Tenant,
  userId: string,
  origin: Origin,
): Promise<TenantUser> {
  return database.withTenant(who, async (tx) => {
    const actor = await requireTenantRole(tx, who, 'moderator');
    const subject = await lockUser(tx, userId);
    if (!subject.is_active) {
      assertAdministers(actor, subject);
      await tx.query('update identity.users set is_active = true, updated_at = now() where id = $1', [
        userId,
      ]);
      await auditChange(tx, who, origin, { event: 'user_reactivated', subject: userId });
    }
    return userIn(tx, userId);
  });
}

/**
 * Makes another user the owner of the tenant. The former owner becomes an administrator.
 * @throws ProblemError `not_found`, or `conflict` when that user is deactivated
 */
export async function transferTenant(
  database: Database,
  who: Tenant,
  userId: string,
  origin: Origin,
): Promise<TenantView> {
  await database.withTenant(who, async (tx) => {
    await requireTenantRole(tx, who, 'owner');
    const next = await lockUser(tx, userId);
    if (!next.is_active)
      throw problem('conflict', { message: 'This user is deactivated. Reactivate the user first.' });
    if (next.owns_tenant) return;
    await tx.query('update identity.tenants set owner_id = $1', [userId]);
    await tx.query(`update identity.users set role = 'admin', updated_at = now() where id = any($1)`, [
      [userId, who.userId],
    ]);
    await auditChange(tx, who, origin, { event: 'tenant_transferred', subject: userId });
  });
  return readTenant(database, who);
}
