import {
  effectiveRole,
  hasTenantRole,
  includesRole,
  type TenantRole,
  type WorkspaceRole,
} from '../../../contracts/rights.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Tenant, Transaction } from '../../../kit/postgres/database.ts';

/** What a user may grant with an invitation to a workspace. */
export interface Inviter {
  /** The highest role in the workspace. */
  highest: WorkspaceRole;
  /** Whether roles in the tenant beside `user` are allowed. */
  grantsTenantRoles: boolean;
}

interface Row {
  own: WorkspaceRole | null;
  role: TenantRole;
  owns_tenant: boolean;
}

/**
 * Locks the workspace, which serializes its invitations, and returns what the caller may grant there.
 * @throws ProblemError `not_found` for who may not see the workspace; `forbidden` for who may not invite
 */
export async function requireInviter(tx: Transaction, who: Tenant, workspaceId: string): Promise<Inviter> {
  const { rowCount } = await tx.query(
    { name: 'lock_workspace', text: 'select 1 from identity.workspaces where id = $1 for update' },
    [workspaceId],
  );
  const { rows } = await tx.query<Row>(
    {
      name: 'inviter',
      text: `select u.role, t.owner_id = u.id as owns_tenant,
                    (select m.role from identity.workspace_members m where m.workspace_id = $1 and m.user_id = u.id) as own
             from identity.users u join identity.tenants t using (tenant_id) where u.id = $2 and u.is_active`,
    },
    [workspaceId, who.userId],
  );
  const [user] = rows;
  if (user === undefined || rowCount === 0) throw problem('not_found');
  const grantsTenantRoles = hasTenantRole(user, 'admin');
  if (grantsTenantRoles) return { highest: 'admin', grantsTenantRoles };
  const own = user.own === null ? undefined : effectiveRole(user.own, user);
  if (own !== undefined && includesRole(own, 'admin')) return { highest: own, grantsTenantRoles };
  if (hasTenantRole(user, 'moderator')) return { highest: 'editor', grantsTenantRoles };
  throw own === undefined
    ? problem('not_found')
    : problem('forbidden', { message: 'This needs the role admin in the workspace.' });
}
