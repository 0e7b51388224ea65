import { workspaceRoles } from '../../../contracts/platform-services/workspaces.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Tenant, Transaction } from '../../../kit/postgres/database.ts';

export type WorkspaceRole = (typeof workspaceRoles)[number];

/** Whether one role includes all rights of the other. */
export function reaches(role: WorkspaceRole, wanted: WorkspaceRole): boolean {
  return workspaceRoles.indexOf(role) <= workspaceRoles.indexOf(wanted);
}

/**
 * Locks the workspace and returns the caller's role in it, so that changes of members take turns.
 * @throws ProblemError `not_found` for who is no member, `forbidden` below `least`
 */
export async function requireRole(
  tx: Transaction,
  who: Tenant,
  workspaceId: string,
  least: WorkspaceRole,
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
  if (!reaches(role, least)) throw problem('forbidden');
  return role;
}
