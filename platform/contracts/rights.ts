import { z } from 'zod';

/** Roles in a workspace, in descending order of rights. Each includes the rights of all that follow. */
export const workspaceRoles = ['owner', 'admin', 'editor', 'commenter', 'viewer'] as const;
export const WorkspaceRole = z.enum(workspaceRoles);
export type WorkspaceRole = z.infer<typeof WorkspaceRole>;

/** Roles in a tenant. */
export const tenantRoles = ['user', 'admin', 'moderator', 'readonly'] as const;
export const TenantRole = z.enum(tenantRoles);
export type TenantRole = z.infer<typeof TenantRole>;

/**
 * What a request does with an object of a workspace, ascending. `edit` changes what is in it: records, files, workflows,
 * sagas. `create` changes its structure: bases, tables, fields, webhooks. `manage` changes members and
 * invitations, and deletes bases.
 */
export const levels = ['read', 'comment', 'edit', 'create', 'manage', 'own'] as const;
export type Level = (typeof levels)[number];

const highest: Readonly<Record<WorkspaceRole, Level>> = {
  viewer: 'read',
  commenter: 'comment',
  editor: 'edit',
  admin: 'manage',
  owner: 'own',
};

/** Whether a role in a workspace allows a level there. */
export function allows(role: WorkspaceRole | undefined, level: Level): boolean {
  return role !== undefined && levels.indexOf(highest[role]) >= levels.indexOf(level);
}

/** The lowest role that allows a level. */
export function roleFor(level: Level): WorkspaceRole {
  return workspaceRoles.findLast((role) => allows(role, level)) as WorkspaceRole;
}

/** Whether a role includes all rights of another role. */
export function includesRole(role: WorkspaceRole, other: WorkspaceRole): boolean {
  return workspaceRoles.indexOf(role) <= workspaceRoles.indexOf(other);
}

/** Airtable's levels of permission. */
export const permissionLevels = ['none', 'read', 'comment', 'edit', 'create'] as const;
export type PermissionLevel = (typeof permissionLevels)[number];

/** Airtable's `permissionLevel` of a member with a role; undefined for who is no member. */
export function permissionLevel(role: WorkspaceRole | undefined): PermissionLevel {
  return permissionLevels.findLast((level) => level !== 'none' && allows(role, level)) ?? 'none';
}

/** A role in the tenant that a route needs. Its owner is an administrator; an administrator is a moderator. */
export const tenantNeeds = ['member', 'moderator', 'admin', 'owner'] as const;
export type TenantNeed = (typeof tenantNeeds)[number];

/** Objects that belong to a workspace. */
export const objectKinds = [
  'workspace',
  'base',
  'file',
  'workflow',
  'execution',
  'saga',
  'conversation',
  'webhook',
  'sync',
  'notification',
  'template',
] as const;
export type ObjectKind = (typeof objectKinds)[number];

/** Where a request names an object: `params.id`, or a path below `body` or `query`. */
export type IdPath = `${'params' | 'body' | 'query'}.${string}`;

/** A role in the tenant. Users with the role `readonly` only read: another method than GET is forbidden to them. */
export interface NeedsInTenant {
  tenant: TenantNeed;
  /** Where the request names a user. The caller may do it with the own account. */
  orSelf?: IdPath;
}

/** A level in the workspace of one object. */
export interface NeedsInWorkspace {
  right: Level;
  of: ObjectKind;
  /** For a workspace, the default one of the caller when the request names none. */
  id: IdPath;
  /** Users with this role in the tenant may do it in every workspace of the tenant. */
  orTenant?: 'admin' | 'moderator';
  /** Where the request names a user. If it is the caller, the right to read is enough. */
  orSelf?: IdPath;
}

/** A list of what the caller may see: the handler filters by the workspaces with this level. */
export interface NeedsVisible {
  right: Level;
  of: 'visible';
}

/**
 * The rights that a route of access `user` needs. `self`: it shows or changes only what belongs to the caller, or acts
 * through other routes with the caller's own rights. The kit judges them before the handler runs.
 */
export type Needs = 'self' | NeedsInTenant | NeedsInWorkspace | NeedsVisible;

/** Roles and workspaces of a user, as platform-services knows them. */
export const Authority = z.object({
  user_id: z.uuid(),
  tenant_id: z.uuid(),
  role: TenantRole,
  is_active: z.boolean(),
  owns_tenant: z.boolean().describe('The owner of a tenant is its administrator, whatever the role'),
  default_workspace_id: z.uuid().nullable().describe('Null if the user is in no workspace'),
  tenant_workspace_id: z
    .uuid()
    .nullish()
    .describe('The default workspace of the tenant, whether the user is in it or not'),
  workspaces: z
    .array(z.object({ id: z.uuid(), role: WorkspaceRole }))
    .describe('With the role that counts: users with the role readonly are viewers'),
});
export type Authority = z.infer<typeof Authority>;

/** Whether a user has a role in the tenant, or a higher one. */
export function hasTenantRole(
  { role, owns_tenant }: Pick<Authority, 'role' | 'owns_tenant'>,
  need: TenantNeed,
): boolean {
  if (owns_tenant || need === 'member') return true;
  if (need === 'owner') return false;
  return role === 'admin' || (need === 'moderator' && role === 'moderator');
}

/** The role that counts in a workspace: users with the role `readonly` in the tenant are viewers at most. */
export function effectiveRole(
  role: WorkspaceRole,
  user: Pick<Authority, 'role' | 'owns_tenant'>,
): WorkspaceRole {
  return user.role === 'readonly' && !user.owns_tenant ? 'viewer' : role;
}

/** A sentence about what a route needs, for its description. */
export function describeNeeds(needs: Needs): string | undefined {
  if (needs === 'self') return undefined;
  if ('tenant' in needs) {
    return needs.tenant === 'member'
      ? 'Users with the role readonly can only read here.'
      : `Needs the role ${needs.tenant} in the tenant${needs.orSelf ? ', or being that user' : ''}.`;
  }
  const role = roleFor(needs.right);
  if (needs.of === 'visible') return `Lists only what the caller may see: needs the role ${role} there.`;
  const where = needs.of === 'workspace' ? 'the workspace' : `the workspace of the ${needs.of}`;
  const others = [
    ...(needs.orTenant ? [`the role ${needs.orTenant} in the tenant`] : []),
    ...(needs.orSelf ? ['being that user'] : []),
  ];
  const or = others.length === 0 ? '' : `, or ${others.join(', or ')}`;
  return `Needs the role ${role} in ${where}${or}. Without the right to read it, the response is the same as if it did not exist.`;
}
