import type { platformServices } from '../../../contracts/platform-services/contract.ts';
import { tenantOf } from '../../../kit/auth/tenant-of.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import { originOf } from '../audit/audit.ts';
import { acceptInvitation, previewInvitation } from './accept-invitation.ts';
import type { InvitationDeps } from './invitation-deps.ts';
import { listInvitations, resendInvitation, revokeInvitation } from './invitations.ts';
import { invite } from './invite.ts';

type InvitationRoute =
  | 'invite'
  | 'listInvitations'
  | 'revokeInvitation'
  | 'resendInvitation'
  | 'listTenantInvitations'
  | 'previewInvitation'
  | 'acceptInvitation';

export interface InvitationHandlerDeps extends InvitationDeps {
  /** Tells every service that rights of these users have changed. */
  announce(userIds: readonly string[]): Promise<void>;
  /** Called when a mail is ready to send. Must return at once. */
  onMail: () => void;
}

export function invitationHandlers(
  deps: InvitationHandlerDeps,
): Pick<Handlers<typeof platformServices>, InvitationRoute> {
  const { database, announce, onMail } = deps;
  return {
    async invite(request) {
      const { caller, params, body: definition } = request;
      const what = { definition, origin: originOf(request) };
      const invitation = await invite(deps, tenantOf(caller), params.id, what);
      onMail();
      return invitation;
    },
    listInvitations: async ({ caller, params }) => ({
      invitations: await listInvitations(database, tenantOf(caller), params.id),
    }),
    revokeInvitation(request) {
      const { caller, params } = request;
      const which = { workspaceId: params.id, id: params.invitationId };
      return revokeInvitation(deps, tenantOf(caller), which, originOf(request));
    },
    async resendInvitation(request) {
      const { caller, params } = request;
      const which = { workspaceId: params.id, id: params.invitationId };
      const invitation = await resendInvitation(deps, tenantOf(caller), which, originOf(request));
      onMail();
      return invitation;
    },
    listTenantInvitations: async ({ caller }) => ({
      invitations: await listInvitations(database, tenantOf(caller)),
    }),
    previewInvitation: ({ body }) => previewInvitation(database, body.token),
    async acceptInvitation(request) {
      const { caller, body } = request;
      const joined = await acceptInvitation(database, tenantOf(caller), body.token, originOf(request));
      await announce([caller.user_id]);
      return joined;
    },
  };
}
