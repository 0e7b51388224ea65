import {
  type Authority,
  effectiveRole,
  hasTenantRole,
  includesRole,
  type TenantRole,
  type WorkspaceRole,
} from '../../../contracts/rights.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Tenant, Transaction } from '../../../kit/postgres/database.ts';

export interface RequireRoleOptions {
  /** Whether administrators of the tenant pass, like owners of the workspace. */
  orTenantAdmin: boolean;
}

/**
 * Locks the workspace and returns the caller's role in it. The lock serializes changes of members. The kit has judged
 * the same before, but the role may have changed since.
 * @throws ProblemError `not_found` when the caller is not a member; `forbidden` below `minimum`
 */
export async function requireRole(
  tx: Transaction,
  who: Tenant,
  workspaceId: string,
  minimum: WorkspaceRole,
  { orTenantAdmin }: RequireRoleOptions = { orTenantAdmin: false },
): Promise<WorkspaceRole> {
  await tx.query(
    { name: 'lock_workspace', text: 'select 1 from identity.workspaces where id = $1 for update' },
    [workspaceId],
  );
  const { rows } = await tx.query<
    { role: WorkspaceRole | null } & Pick<Authority, 'owns_tenant'> & { tenant_role: TenantRole }
  >(
    {
      name: 'own_role',
      text: `select m.role, u.role as tenant_role, t.owner_id = u.id as owns_tenant
             from identity.workspaces w
             join identity.tenants t using (tenant_id)
             join identity.users u on u.id = $2 and u.is_active
             left join identity.workspace_members m on m.workspace_id = w.id and m.user_id = u.id
             where w.id = $1`,
    },
    [workspaceId, who.userId],
  );
  const own = rows[0];
  if (own === undefined) throw problem('not_found');
  const user = { role: own.tenant_role, owns_tenant: own.owns_tenant };
  if (orTenantAdmin && hasTenantRole(user, 'admin')) return 'owner';
  if (own.role === null) throw problem('not_found');
  const role = effectiveRole(own.role, user);
  if (!includesRole(role, minimum)) throw problem('forbidden');
  return role;
}
