import type { WorkspaceMember } from '../../../contracts/platform-services/workspaces.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database, Tenant } from '../../../kit/postgres/database.ts';
import { auditChange, type Origin } from '../audit/audit.ts';
import { readMember } from './workspace-members.ts';
import { requireRole } from './workspace-roles.ts';

/**
 * Makes another member the owner of the workspace. The caller becomes an admin, other owners stay.
 * @throws ProblemError `not_found`, `forbidden`, or `conflict` for a deactivated member and one who only reads
 */
export function transferWorkspace(
  database: Database,
  who: Tenant,
  { id, userId }: { id: string; userId: string },
  origin: Origin,
): Promise<WorkspaceMember> {
  return database.withTenant(who, async (tx) => {
    await requireRole(tx, who, id, 'owner');
    const member = await readMember(tx, id, userId);
    if (member === undefined)
      throw problem('not_found', { message: 'Only a member can become the owner. Add the user first.' });
    const { rows } = await tx.query<{ able: boolean }>(
      `select u.is_active and (u.role <> 'readonly' or t.owner_id = u.id) as able
       from identity.users u join identity.tenants t using (tenant_id) where u.id = $1`,
      [userId],
    );
    if (!rows[0]?.able)
      throw problem('conflict', {
        message: 'A user who is deactivated or has the role readonly cannot own a workspace.',
      });
    if (userId === who.userId) return member;
    await tx.query(
      `update identity.workspace_members set role = case when user_id = $2 then 'owner' else 'admin' end
       where workspace_id = $1 and user_id in ($2, $3)`,
      [id, userId, who.userId],
    );
    const details = { workspace_id: id };
    await auditChange(tx, who, origin, { event: 'workspace_transferred', subject: userId, details });
    return { ...member, role: 'owner' };
  });
}
