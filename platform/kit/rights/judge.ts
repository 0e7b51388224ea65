import {
  type Authority,
  allows,
  hasTenantRole,
  type Level,
  type NeedsInTenant,
  type NeedsInWorkspace,
  roleFor,
  type WorkspaceRole,
} from '../../contracts/rights.ts';

/** `hidden`: the caller must not learn that the object exists. */
export type Ruling = { kind: 'allowed' } | { kind: 'hidden' } | { kind: 'forbidden'; message: string };

const allowed: Ruling = { kind: 'allowed' };
const hidden: Ruling = { kind: 'hidden' };
const forbidden = (message: string): Ruling => ({ kind: 'forbidden', message });

/** The caller's role in a workspace; undefined without one. */
export function roleIn(
  { workspaces }: Authority,
  workspaceId: string | undefined,
): WorkspaceRole | undefined {
  return workspaces.find(({ id }) => id === workspaceId)?.role;
}

/** Judges a level in a workspace. */
export function judgeLevel(authority: Authority, level: Level, workspaceId: string | undefined): Ruling {
  const role = roleIn(authority, workspaceId);
  if (role === undefined) return hidden;
  if (allows(role, level)) return allowed;
  return forbidden(`This needs the role ${roleFor(level)} in the workspace; yours is ${role}.`);
}

/** Judges a request about an object of a workspace. */
export function judgeInWorkspace(
  authority: Authority,
  { right, orTenant }: Pick<NeedsInWorkspace, 'right' | 'orTenant'>,
  { workspaceId, isSelf }: { workspaceId: string | undefined; isSelf: boolean },
): Ruling {
  if (workspaceId === undefined) return hidden;
  if (orTenant !== undefined && hasTenantRole(authority, orTenant)) return allowed;
  return judgeLevel(authority, isSelf ? 'read' : right, workspaceId);
}

/** Judges a request about the tenant. */
export function judgeInTenant(authority: Authority, { tenant }: NeedsInTenant, method: string): Ruling {
  if (!hasTenantRole(authority, tenant)) {
    const needed = tenant === 'owner' ? 'the owner of the tenant' : `the role ${tenant} in the tenant`;
    return forbidden(`This needs ${needed}; your role is ${authority.role}.`);
  }
  if (authority.role === 'readonly' && !authority.owns_tenant && method !== 'GET')
    return forbidden('Your role in the tenant is readonly.');
  return allowed;
}
