import type { doneActions } from '../../../contracts/frontend/administration.ts';
import type { frontend } from '../../../contracts/frontend/contract.ts';
import { type TenantRole, TenantRole as TenantRoles, WorkspaceRole } from '../../../contracts/rights.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { CallOptions } from '../../../kit/peers/client.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import { type MembersView, membersPage } from '../pages/members.ts';
import { usersPage } from '../pages/users.ts';
import type { Form } from './form-problems.ts';
import type { SignedInPage, SignedInPages } from './signed-in-pages.ts';
import type { Site } from './site.ts';

type Name = 'membersPage' | 'membersForm' | 'usersPage' | 'usersForm';
type Done<K extends keyof typeof doneActions> = (typeof doneActions)[K][number];

type MembersData = Pick<MembersView, 'workspace' | 'members' | 'invitations'>;
type TenantUsers = Awaited<ReturnType<Site['identity']['api']['listTenantUsers']>>;

interface UserSearch {
  page: number;
  search: string;
  done?: Done<'users'> | undefined;
}

/** Undefined for who may not manage what is listed. */
async function ifAllowed<T>(part: Promise<T>): Promise<T | undefined> {
  try {
    return await part;
  } catch (error) {
    if (error instanceof PeerProblem && error.status === 403) return undefined;
    throw error;
  }
}

/** A value of the browser's own form: another one was not made by the page. */
function chosen<T>(schema: { safeParse(value: unknown): { data?: T } }, form: Form, field: string): T {
  const { data } = schema.safeParse(form[field]);
  if (data === undefined) throw problem('malformed_request');
  return data;
}

/** Pages for the members of a workspace and for the users of the tenant. */
export function administrationHandlers(
  site: Site,
  pages: SignedInPages,
): Pick<Handlers<typeof frontend>, Name> {
  const { api } = site.identity;

  function membersOf(id: string, notice?: Done<'members'>): SignedInPage<MembersData> {
    return {
      path: `/workspaces/${id}/members`,
      async load(call) {
        const params = { id };
        const [{ members }, { workspaces }, invitations] = await Promise.all([
          api.listMembers({ params }, call),
          api.listWorkspaces({}, call),
          ifAllowed(api.listInvitations({ params }, call)),
        ]);
        // An administrator of the tenant who is no member sees the members, but not the workspace.
        const name = workspaces.find((one) => one.id === id)?.name ?? 'the workspace';
        return { workspace: { id, name }, members, invitations: invitations?.invitations };
      },
      render: ({ data, ...view }) => membersPage({ ...view, ...data, notice }),
    };
  }

  async function changeMembers(id: string, form: Form, call: CallOptions): Promise<Done<'members'>> {
    const member = { id, userId: form.user ?? '' };
    const invitation = { id, invitationId: form.invitation ?? '' };
    switch (form.action) {
      case 'role':
        await api.changeMember({ params: member, body: { role: chosen(WorkspaceRole, form, 'role') } }, call);
        return 'member-changed';
      case 'remove':
        await api.removeMember({ params: member }, call);
        return 'member-removed';
      case 'invite': {
        const role = chosen(WorkspaceRole.exclude(['owner']), form, 'role');
        await api.invite({ params: { id }, body: { email: form.email?.trim() ?? '', role } }, call);
        return 'invitation-sent';
      }
      case 'resend':
        await api.resendInvitation({ params: invitation }, call);
        return 'invitation-sent';
      case 'revoke':
        await api.revokeInvitation({ params: invitation }, call);
        return 'invitation-revoked';
      default:
        throw problem('malformed_request');
    }
  }

  function usersWith({ page, search, done: notice }: UserSearch): SignedInPage<TenantUsers> {
    return {
      path: '/admin/users',
      load: (call) => api.listTenantUsers({ query: { page, ...(search && { search }) } }, call),
      render: ({ visitor, problems, data: { users, total_pages: totalPages } }) =>
        usersPage({ visitor, users, page, totalPages, search, problems, notice }),
    };
  }

  async function changeUser(form: Form, call: CallOptions): Promise<Done<'users'>> {
    const params = { id: form.user ?? '' };
    switch (form.action) {
      case 'role': {
        const role: TenantRole = chosen(TenantRoles, form, 'role');
        await api.changeTenantUser({ params, body: { role } }, call);
        return 'user-changed';
      }
      case 'deactivate':
        await api.deactivateTenantUser({ params }, call);
        return 'user-deactivated';
      case 'reactivate':
        await api.reactivateTenantUser({ params }, call);
        return 'user-reactivated';
      case 'remove':
        await api.removeTenantUser({ params }, call);
        return 'user-removed';
      default:
        throw problem('malformed_request');
    }
  }

  return {
    membersPage: ({ raw, reply, params, query }) =>
      pages.show({ raw, reply }, membersOf(params.id, query.done)),
    membersForm: ({ raw, reply, params, body }) =>
      pages.submit(
        { raw, reply, body },
        membersOf(params.id),
        async (call, form) =>
          `/workspaces/${params.id}/members?done=${await changeMembers(params.id, form, call)}`,
        ['email'],
      ),
    usersPage: ({ raw, reply, query }) => pages.show({ raw, reply }, usersWith(query)),
    usersForm: ({ raw, reply, body }) =>
      pages.submit(
        { raw, reply, body },
        usersWith({ page: 1, search: '' }),
        async (call, form) => `/admin/users?done=${await changeUser(form, call)}`,
      ),
  };
}
