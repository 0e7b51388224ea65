import type { z } from 'zod';
import type { Paged } from '../../../contracts/paging.ts';
import type {
  TenantUser,
  Tenant as TenantView,
  tenantUserRoutes,
} from '../../../contracts/platform-services/tenant-users.ts';
import type { TenantRole } from '../../../contracts/rights.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { ListDefinition } from '../../../kit/lists/list-definition.ts';
import { asTenant, readList } from '../../../kit/lists/read-list.ts';
import type { Database, Tenant, Transaction } from '../../../kit/postgres/database.ts';
import { auditChange, type Origin } from '../audit/audit.ts';
import { endAccess } from './end-access.ts';
import { assertAdministers, lockUser, mayGrant, requireTenantRole } from './tenant-roles.ts';

export type UserFilter = z.output<(typeof tenantUserRoutes)['listTenantUsers']['query']>;

const userColumns = `e.id, e.email, e.name, e.role, e.is_active, e.created_at, e.last_login_at,
  t.owner_id = e.id as is_owner,
  coalesce((select jsonb_agg(jsonb_build_object('id', w.id, 'name', w.name, 'role', m.role) order by lower(w.name), w.id)
            from identity.workspace_members m join identity.workspaces w on w.id = m.workspace_id
            where m.user_id = e.id), '[]') as workspaces`;

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

export const userList: ListDefinition = {
  name: 'list_tenant_users',
  table: 'identity.users',
  columns: userColumns,
  join: 'join identity.tenants t using (tenant_id)',
  sortedBy: [
    { column: 'name_key', type: 'text' },
    { column: 'id', type: 'uuid' },
  ],
  direction: 'asc',
};

/** One page of the tenant's users by name. A search reads all users that it does not find. */
export async function listUsers(
  database: Database,
  who: Tenant,
  { role, active, search, ...paging }: UserFilter,
): Promise<Paged & { users: TenantUser[] }> {
  const { entries, ...page } = await readList<TenantUser>(asTenant(database, who), userList, {
    ...paging,
    filters: [
      role && { name: 'role', where: (text) => `e.role = ${text}::text`, value: role },
      // No placeholder: the few inactive ones have an index of their own.
      active && {
        name: active === 'true' ? 'active' : 'inactive',
        where: () => (active === 'true' ? 'e.is_active' : 'not e.is_active'),
      },
      search
        ? {
            name: 'search',
            where: (text) => `(position(lower(${text}::text) in e.name_key) > 0
                              or position(lower(${text}::text) in lower(e.email)) > 0)`,
            value: search,
          }
        : undefined,
    ],
  });
  return { users: entries, ...page };
}

async function userIn(tx: Transaction, userId: string): Promise<TenantUser> {
  const { rows } = await tx.query<TenantUser>(
    {
      name: 'read_tenant_user',
      text: `select ${userColumns} from identity.users e join identity.tenants t using (tenant_id) where e.id = $1`,
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
