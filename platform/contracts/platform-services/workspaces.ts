import { z } from 'zod';
import { type Level, WorkspaceRole } from '../rights.ts';
import { route } from '../route.ts';

/** Workspaces and their members. */

const workspaceName = z.string().trim().min(1).max(200);
const workspaceDescription = z.string().trim().max(2000).nullable();

export const Workspace = z.object({
  id: z.uuid(),
  tenant_id: z.uuid(),
  name: z.string(),
  description: z.string().nullable(),
  is_default: z.boolean(),
  role: WorkspaceRole.describe('The caller’s role in the workspace'),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});
export type Workspace = z.infer<typeof Workspace>;

export const WorkspaceMember = z.object({
  user_id: z.uuid(),
  email: z.string(),
  name: z.string(),
  role: WorkspaceRole,
  added_at: z.iso.datetime(),
});
export type WorkspaceMember = z.infer<typeof WorkspaceMember>;

const id = z.object({ id: z.uuid() });
const inWorkspace = (right: Level) => ({ right, of: 'workspace', id: 'params.id' }) as const;
const member = z.object({ id: z.uuid(), userId: z.uuid() });

export const workspaceRoutes = {
  createWorkspaceFor: route({
    method: 'POST',
    path: '/internal/workspaces',
    summary: 'Create a workspace owned by a user of the tenant',
    access: 'service',
    body: z.object({
      tenant_id: z.uuid(),
      owner_id: z.uuid(),
      name: workspaceName,
      description: workspaceDescription.default(null),
    }),
    success: { status: 201, description: 'The workspace, with its owner’s role', schema: Workspace },
    problems: ['not_found'],
  }),
  deleteWorkspaceOf: route({
    method: 'DELETE',
    path: '/internal/workspaces/:id',
    summary: 'Delete a workspace that holds nothing; succeeds if it does not exist',
    access: 'service',
    params: id,
    query: z.object({ tenant_id: z.uuid() }),
    success: { status: 204, description: 'The workspace does not exist any more' },
    problems: ['conflict', 'not_ready'],
  }),
  listWorkspaces: route({
    method: 'GET',
    path: '/workspaces',
    summary: 'List the caller’s workspaces',
    access: 'user',
    needs: { right: 'read', of: 'visible' },
    success: {
      status: 200,
      description: 'Workspaces by name, default workspace first',
      schema: z.object({ workspaces: z.array(Workspace) }),
    },
  }),
  createWorkspace: route({
    method: 'POST',
    path: '/workspaces',
    summary: 'Create a workspace; the caller becomes its owner',
    access: 'user',
    needs: { tenant: 'member' },
    body: z.strictObject({ name: workspaceName, description: workspaceDescription.default(null) }),
    bodyExample: { name: 'Field trials', description: null },
    success: { status: 201, description: 'The workspace', schema: Workspace },
  }),
  workspace: route({
    method: 'GET',
    path: '/workspaces/:id',
    summary: 'Get one of the caller’s workspaces',
    description: 'Returns 404 if the caller is not a member, as for a workspace that does not exist.',
    access: 'user',
    needs: inWorkspace('read'),
    params: id,
    success: { status: 200, description: 'The workspace', schema: Workspace },
    problems: ['not_found'],
  }),
  changeWorkspace: route({
    method: 'PATCH',
    path: '/workspaces/:id',
    summary: 'Change the name or description of a workspace',
    access: 'user',
    needs: inWorkspace('manage'),
    params: id,
    body: z.strictObject({ name: workspaceName, description: workspaceDescription }).partial(),
    success: { status: 200, description: 'The changed workspace', schema: Workspace },
    problems: ['not_found', 'forbidden'],
  }),
  deleteWorkspace: route({
    method: 'DELETE',
    path: '/workspaces/:id',
    summary: 'Delete a workspace that holds nothing',
    description:
      'A workspace with bases, files, workflows, unfinished sagas or conversations of members, and the default workspace of a tenant, cannot be deleted: 409 names what it holds.',
    access: 'user',
    needs: inWorkspace('own'),
    params: id,
    success: { status: 204, description: 'The workspace is deleted' },
    problems: ['not_found', 'forbidden', 'conflict', 'not_ready'],
  }),
  listMembers: route({
    method: 'GET',
    path: '/workspaces/:id/members',
    summary: 'List the members of a workspace',
    access: 'user',
    needs: { ...inWorkspace('read'), orTenant: 'admin' },
    params: id,
    success: {
      status: 200,
      description: 'Members by name',
      schema: z.object({ members: z.array(WorkspaceMember) }),
    },
    problems: ['not_found'],
  }),
  addMember: route({
    method: 'POST',
    path: '/workspaces/:id/members',
    summary: 'Add a user of the tenant with at most the caller’s own role',
    access: 'user',
    needs: { ...inWorkspace('manage'), orTenant: 'admin' },
    params: id,
    body: z.strictObject({ user_id: z.uuid(), role: WorkspaceRole.default('editor') }),
    success: { status: 201, description: 'The member', schema: WorkspaceMember },
    problems: ['not_found', 'forbidden', 'conflict'],
  }),
  changeMember: route({
    method: 'PATCH',
    path: '/workspaces/:id/members/:userId',
    summary: 'Change the role of a member with at most the caller’s own role',
    description: 'A workspace keeps at least one owner: changing the last one returns 409.',
    access: 'user',
    needs: { ...inWorkspace('manage'), orTenant: 'admin' },
    params: member,
    body: z.object({ role: WorkspaceRole }),
    success: { status: 200, description: 'The member', schema: WorkspaceMember },
    problems: ['not_found', 'forbidden', 'conflict'],
  }),
  removeMember: route({
    method: 'DELETE',
    path: '/workspaces/:id/members/:userId',
    summary: 'Remove a member',
    description: 'A workspace keeps at least one owner: removing the last one returns 409.',
    access: 'user',
    needs: { ...inWorkspace('manage'), orTenant: 'admin', orSelf: 'params.userId' },
    params: member,
    success: { status: 204, description: 'The member is removed' },
    problems: ['not_found', 'forbidden', 'conflict'],
  }),
  transferWorkspace: route({
    method: 'POST',
    path: '/workspaces/:id/transfer',
    summary: 'Make another member the owner; the caller stays as an admin (owners)',
    access: 'user',
    needs: inWorkspace('own'),
    params: id,
    body: z.strictObject({ user_id: z.uuid() }),
    success: { status: 200, description: 'The new owner', schema: WorkspaceMember },
    problems: ['not_found', 'forbidden', 'conflict'],
  }),
} as const;
