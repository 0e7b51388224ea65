import { type CheckContext, ProductFailure } from '../../../harness/engine/index.ts';
import { Session } from '../../../platform/contracts/platform-services/authentication.ts';
import { summary } from '../../kit/response.ts';
import { prepare, type Send } from '../../kit/send-as.ts';
import { textAt } from '../../kit/shape.ts';

/** A user who joined the tenant of another one by invitation. */
export interface TenantMember {
  email: string;
  password: string;
  userId: string;
  tenantId: string;
  workspaceId: string;
  accessToken: string;
  /** Source address of the requests. */
  address: string;
  send: Send;
}

export const memberPassword = 'compilers from words 1952';

/** Uses an invitation with a new account. */
export async function registerInvited(
  context: CheckContext,
  { email, invitation }: { email: string; invitation: string },
  from = context.newAddress(),
) {
  const body = { email, password: memberPassword, name: 'Readiness member', invitation };
  return context.http.request('gateway', '/api/auth/register', { method: 'POST', from, body });
}

/** Invites a new address into a workspace. @returns the address and the secret of the invitation */
export async function inviteNew(
  context: CheckContext,
  owner: Send,
  { workspaceId, ...body }: { workspaceId: string; role?: string; tenant_role?: string },
): Promise<{ email: string; invitation: string; id: string }> {
  const email = `${context.unique('member')}@readiness.example`.toLowerCase();
  const made = await prepare(owner, 'POST', `/api/workspaces/${workspaceId}/invitations`, {
    email,
    ...body,
  });
  return { email, invitation: textAt(made, 'token'), id: textAt(made, 'id') };
}

/** Id of the caller's default workspace. */
export async function defaultWorkspace(send: Send): Promise<string> {
  return textAt(await prepare(send, 'GET', '/api/workspaces'), 'workspaces', 0, 'id');
}

/** Adds a new user to the tenant of the owner. @throws ProductFailure when it is not possible */
export async function addMember(
  context: CheckContext,
  owner: Send,
  where: { workspaceId: string; role?: string; tenant_role?: string },
): Promise<TenantMember> {
  const invited = await inviteNew(context, owner, where);
  const address = context.newAddress();
  const response = await registerInvited(context, invited, address);
  const session = Session.safeParse(response.json);
  if (response.status !== 201 || !session.success)
    throw new ProductFailure(`the registration with an invitation returned ${summary(response)}`);
  const { access_token: accessToken, user } = session.data;
  return {
    email: invited.email,
    password: memberPassword,
    userId: user.id,
    tenantId: user.tenant_id,
    workspaceId: where.workspaceId,
    accessToken,
    address,
    send: (method, path, body) =>
      context.http.request('gateway', path, {
        method,
        token: accessToken,
        from: address,
        ...(body === undefined ? {} : { body }),
      }),
  };
}
