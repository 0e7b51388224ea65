import { z } from 'zod';
import { TenantRole, WorkspaceRole } from '../rights.ts';
import { route } from '../route.ts';

/** Invitations to a workspace, for new accounts and for accounts of the tenant. */

/** Limits of invitations. */
export const invitationLimits = {
  /** Lifetime, days. */
  days: 7,
  /** Maximum number of pending invitations of a tenant. */
  perTenant: 500,
  /** Minimum time between two mails of one invitation, seconds. */
  resendSeconds: 60,
} as const;

const email = z.email().max(254).describe('Case-insensitive');
const secret = z.string().min(1).max(512);

export const PendingInvitation = z.object({
  id: z.uuid(),
  email: z.string(),
  workspace_id: z.uuid(),
  workspace_name: z.string(),
  role: WorkspaceRole,
  tenant_role: TenantRole,
  invited_by: z.uuid().nullable().describe('Null if that account does not exist any more'),
  status: z.enum(['pending', 'expired', 'accepted']),
  created_at: z.iso.datetime(),
  sent_at: z.iso.datetime().describe('Last mail'),
  expires_at: z.iso.datetime(),
});
export type PendingInvitation = z.infer<typeof PendingInvitation>;

export const Invitation = PendingInvitation.extend({
  token: z.string().describe('The secret that is in the mail; returned only here'),
});
export type Invitation = z.infer<typeof Invitation>;

const workspace = z.object({ id: z.uuid() });
const invitation = z.object({ id: z.uuid(), invitationId: z.uuid() });
const managesInvitations = {
  right: 'manage',
  of: 'workspace',
  id: 'params.id',
  orTenant: 'moderator',
} as const;
const list = z.object({ invitations: z.array(PendingInvitation) });

export const invitationRoutes = {
  invite: route({
    method: 'POST',
    path: '/workspaces/:id/invitations',
    summary: 'Invite somebody to the workspace (owners and admins, up to their own role)',
    description: `The address gets a mail with a link. It works once, for this address, for ${invitationLimits.days} days: a new account joins the tenant and the workspace, an account of the tenant joins the workspace. An address with an account in another tenant is rejected with 409. An invitation replaces an earlier one of the same address to the same workspace. \`tenant_role\` beside user needs the role admin in the tenant. Moderators of the tenant invite up to the role editor.`,
    access: 'user',
    needs: managesInvitations,
    params: workspace,
    body: z.strictObject({
      email,
      role: WorkspaceRole.exclude(['owner']).default('editor'),
      tenant_role: TenantRole.default('user').describe('Role in the tenant of a new account'),
    }),
    bodyExample: { email: 'grace@example.com', role: 'editor' },
    success: { status: 201, description: 'The invitation', schema: Invitation },
    problems: ['not_found', 'forbidden', 'duplicate_email', 'conflict'],
  }),
  listInvitations: route({
    method: 'GET',
    path: '/workspaces/:id/invitations',
    summary: 'List the invitations to a workspace, newest first',
    access: 'user',
    needs: managesInvitations,
    params: workspace,
    success: { status: 200, description: 'Invitations, without their secrets', schema: list },
    problems: ['not_found', 'forbidden'],
  }),
  revokeInvitation: route({
    method: 'DELETE',
    path: '/workspaces/:id/invitations/:invitationId',
    summary: 'Revoke an invitation that was not accepted yet',
    access: 'user',
    needs: managesInvitations,
    params: invitation,
    success: { status: 204, description: 'The invitation does not work any more' },
    problems: ['not_found', 'forbidden', 'conflict'],
  }),
  resendInvitation: route({
    method: 'POST',
    path: '/workspaces/:id/invitations/:invitationId/resend',
    summary: 'Send an invitation again, with a new link',
    description: `The earlier link stops working, and the time starts anew. At most one mail in ${invitationLimits.resendSeconds} s.`,
    access: 'user',
    needs: managesInvitations,
    params: invitation,
    success: { status: 200, description: 'The invitation', schema: Invitation },
    problems: ['not_found', 'forbidden', 'conflict', 'rate_limited'],
  }),
  listTenantInvitations: route({
    method: 'GET',
    path: '/tenant/invitations',
    summary: 'List the invitations to all workspaces of the tenant, newest first',
    access: 'user',
    needs: { tenant: 'moderator' },
    success: { status: 200, description: 'Invitations, without their secrets', schema: list },
  }),
  previewInvitation: route({
    method: 'POST',
    path: '/auth/invitations/preview',
    summary: 'Show what an invitation is for, to the holder of its secret',
    access: 'public',
    body: z.object({ token: secret }),
    success: {
      status: 200,
      description: 'A valid invitation',
      schema: z.object({
        email: z.string(),
        tenant_name: z.string(),
        workspace_name: z.string(),
        role: WorkspaceRole,
        expires_at: z.iso.datetime(),
        has_account: z.boolean().describe('Whether the address has an account, which accepts by signing in'),
      }),
    },
    problems: ['not_found', 'rate_limited'],
  }),
  acceptInvitation: route({
    method: 'POST',
    path: '/auth/invitations/accept',
    summary: 'Accept an invitation with the caller’s account',
    description:
      'For accounts of the tenant: the caller joins the workspace. The invitation must be for the caller’s address: 404 otherwise. An account of another tenant gets 409; moving it would take its data along. New accounts pass the secret to `POST /auth/register` instead.',
    access: 'user',
    needs: 'self',
    body: z.object({ token: secret }),
    success: {
      status: 200,
      description: 'The membership',
      schema: z.object({ workspace_id: z.uuid(), role: WorkspaceRole }),
    },
    problems: ['not_found', 'conflict'],
  }),
} as const;
