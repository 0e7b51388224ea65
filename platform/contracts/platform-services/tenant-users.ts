import { z } from 'zod';
import { User } from '../identity.ts';
import { paged, paging } from '../paging.ts';
import { TenantRole, WorkspaceRole } from '../rights.ts';
import { route } from '../route.ts';

/** The tenant and its users, for its owner, its administrators and moderators. */

export const Tenant = z.object({
  id: z.uuid(),
  name: z.string(),
  owner_id: z.uuid(),
  created_at: z.iso.datetime(),
});
export type Tenant = z.infer<typeof Tenant>;

export const TenantUser = User.pick({
  id: true,
  email: true,
  name: true,
  role: true,
  is_active: true,
  created_at: true,
}).extend({
  is_owner: z.boolean().describe('The owner is an administrator, whatever the role'),
  last_login_at: z.iso.datetime().nullable(),
  workspaces: z
    .array(z.object({ id: z.uuid(), name: z.string(), role: WorkspaceRole }))
    .describe('Memberships, by name of the workspace'),
});
export type TenantUser = z.infer<typeof TenantUser>;

const id = z.object({ id: z.uuid() });
const ownerFirst = 'The owner cannot be changed, deactivated or removed: 409. Transfer the tenant first.';
const followed = 'Every service follows within 5 s.';

export const tenantUserRoutes = {
  tenant: route({
    method: 'GET',
    path: '/tenant',
    summary: 'Get the caller’s tenant',
    access: 'user',
    needs: { tenant: 'member' },
    success: { status: 200, description: 'The tenant', schema: Tenant },
  }),
  renameTenant: route({
    method: 'PATCH',
    path: '/tenant',
    summary: 'Rename the tenant',
    access: 'user',
    needs: { tenant: 'admin' },
    body: z.strictObject({ name: z.string().trim().min(1).max(200) }),
    success: { status: 200, description: 'The tenant', schema: Tenant },
  }),
  transferTenant: route({
    method: 'POST',
    path: '/tenant/transfer',
    summary: 'Make another active user the owner of the tenant',
    description: `The former owner stays as an administrator. ${followed}`,
    access: 'user',
    needs: { tenant: 'owner' },
    body: z.strictObject({ user_id: z.uuid() }),
    success: { status: 200, description: 'The tenant', schema: Tenant },
    problems: ['not_found', 'conflict'],
  }),
  listTenantUsers: route({
    method: 'GET',
    path: '/tenant/users',
    summary: 'List the users of the tenant by name, with deactivated ones',
    access: 'user',
    needs: { tenant: 'moderator' },
    query: paging.extend({
      role: TenantRole.optional(),
      active: z.enum(['true', 'false']).optional(),
      search: z.string().trim().max(200).optional().describe('Part of name or email, case-insensitive'),
    }),
    success: {
      status: 200,
      description: 'One page',
      schema: z.object({ users: z.array(TenantUser), ...paged, total_pages: z.int() }),
    },
  }),
  tenantUser: route({
    method: 'GET',
    path: '/tenant/users/:id',
    summary: 'Get a user of the tenant',
    access: 'user',
    needs: { tenant: 'moderator' },
    params: id,
    success: { status: 200, description: 'The user', schema: TenantUser },
    problems: ['not_found'],
  }),
  changeTenantUser: route({
    method: 'PATCH',
    path: '/tenant/users/:id',
    summary: 'Change the role of a user in the tenant',
    description: `\`readonly\` reads, but changes nothing outside of the own account. \`moderator\` also invites, deactivates and reactivates users with the roles user and readonly, and reads the audit log. \`admin\` also changes roles, removes users and administers the members of every workspace. ${ownerFirst} ${followed}`,
    access: 'user',
    needs: { tenant: 'admin' },
    params: id,
    body: z.strictObject({ role: TenantRole }),
    bodyExample: { role: 'moderator' },
    success: { status: 200, description: 'The user', schema: TenantUser },
    problems: ['not_found', 'forbidden', 'conflict'],
  }),
  deactivateTenantUser: route({
    method: 'POST',
    path: '/tenant/users/:id/deactivate',
    summary: 'Deactivate a user: sessions, API keys and running workflows stop, sign-in is rejected',
    description: `Nothing is deleted, except pending invitations that the user has made. Moderators can deactivate users with the roles user and readonly. ${ownerFirst} ${followed}`,
    access: 'user',
    needs: { tenant: 'moderator' },
    params: id,
    success: { status: 200, description: 'The user', schema: TenantUser },
    problems: ['not_found', 'forbidden', 'conflict', 'not_ready'],
  }),
  reactivateTenantUser: route({
    method: 'POST',
    path: '/tenant/users/:id/reactivate',
    summary: 'Let a deactivated user sign in again, with the same role, workspaces and API keys',
    access: 'user',
    needs: { tenant: 'moderator' },
    params: id,
    success: { status: 200, description: 'The user', schema: TenantUser },
    problems: ['not_found', 'forbidden'],
  }),
  removeTenantUser: route({
    method: 'DELETE',
    path: '/tenant/users/:id',
    summary: 'Remove a user from the tenant',
    description: `The account moves to a new, empty tenant of its own, so the person keeps it: sign-in continues to work, with the same address and password. All its sessions and API keys end. Bases, files and workflows stay in the tenant without the person’s name; the person’s workflows are switched off. Conversations, notifications and the profile are erased. The audit log of the tenant stays. A workspace without another owner goes to the owner of the tenant. ${ownerFirst} ${followed}`,
    access: 'user',
    needs: { tenant: 'admin' },
    params: id,
    success: { status: 204, description: 'The user is not in the tenant any more' },
    problems: ['not_found', 'forbidden', 'conflict', 'not_ready'],
  }),
} as const;
