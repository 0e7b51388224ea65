import { includesRole, type WorkspaceRole } from '../../../contracts/rights.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Tenant, Transaction } from '../../../kit/postgres/database.ts';

/**
 * Locks the workspace and returns the caller's role in it. The lock serializes changes of members.
 * @throws ProblemError `not_found` when the caller is not a member; `forbidden` below `minimum`
 */
export async function requireRole(
  tx: Transaction,
  who: Tenant,
  workspaceId: string,
  minimum: WorkspaceRole,
): Promise<WorkspaceRole> {
  await tx.query(
    { name: 'lock_workspace', text: 'select 1 from identity.workspaces where id = $1 for update' },
    [workspaceId],
  );
  const { rows } = await tx.query<{ role: WorkspaceRole }>(
    {
      name: 'own_role',
      text: 'select role from identity.workspace_members where workspace_id = $1 and user_id = $2',
    },
    [workspaceId, who.userId],
  );
  const role = rows[0]?.role;
  if (role === undefined) throw problem('not_found');
  if (!includesRole(role, minimum)) throw problem('forbidden');
  return role;
}
