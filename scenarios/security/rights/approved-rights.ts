import type { Level, TenantNeed, WorkspaceRole } from '../../../platform/contracts/rights.ts';

/**
 * What each role in a workspace may do, as people have approved it. The contract has a table of its own, which the
 * services use: a check that used that one too would approve every change of it.
 */
const approved: Readonly<Record<WorkspaceRole, readonly Level[]>> = {
  viewer: ['read'],
  commenter: ['read', 'comment'],
  editor: ['read', 'comment', 'edit'],
  admin: ['read', 'comment', 'edit', 'create', 'manage'],
  owner: ['read', 'comment', 'edit', 'create', 'manage', 'own'],
};

/** The roles, the lowest first. */
const ascending = ['viewer', 'commenter', 'editor', 'admin', 'owner'] as const;

/** Whether a role in a workspace may do what needs a level. */
export function mayDo(role: WorkspaceRole | undefined, level: Level): boolean {
  return role !== undefined && approved[role].includes(level);
}

/** The lowest role that may do what needs a level. */
export function lowestRole(level: Level): WorkspaceRole {
  return ascending.find((role) => mayDo(role, level)) ?? 'owner';
}

/** Whether a user of the tenant without a higher role there may do what needs one. Its owner may do everything. */
export function mayInTenant(need: TenantNeed, { ownsTenant }: { ownsTenant: boolean }): boolean {
  return ownsTenant || need === 'member';
}
