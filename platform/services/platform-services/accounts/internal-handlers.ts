import type { platformServices } from '../../../contracts/platform-services/contract.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import { problem } from '../../../kit/http/problem.ts';
import { type DeleteAccountDeps, deleteAccount } from '../erasures/delete-account.ts';
import { readAuthority } from '../workspaces/authority.ts';
import { findMembers } from '../workspaces/find-members.ts';
import type { AssertEmpty } from '../workspaces/workspace-contents.ts';
import { createWorkspace, deleteWorkspaceAsService } from '../workspaces/workspaces.ts';

/** Routes for other services: steps of sagas and their compensation. */
export function internalHandlers(
  deletion: DeleteAccountDeps & { onErasure: () => void; assertEmpty: AssertEmpty },
): Pick<
  Handlers<typeof platformServices>,
  'authority' | 'deleteUser' | 'findMembers' | 'createWorkspaceFor' | 'deleteWorkspaceOf'
> {
  const { database, announce } = deletion;
  return {
    async authority({ params, query }) {
      const found = await readAuthority(database, { tenantId: query.tenant_id, userId: params.id });
      if (found === undefined) throw problem('not_found');
      return found;
    },

    async findMembers({ body }) {
      return { members: await findMembers(database, body) };
    },

    async deleteUser({ params, query }) {
      const who = { tenantId: query.tenant_id, userId: params.id };
      await deleteAccount(deletion, who, { withOtherUsers: true });
      deletion.onErasure();
    },

    async createWorkspaceFor({ body }) {
      const who = { tenantId: body.tenant_id, userId: body.owner_id };
      const owner = await database.tenantQuery(who, 'select 1 from identity.users where id = $1', [
        who.userId,
      ]);
      if (owner.rowCount === 0)
        throw problem('not_found', { message: 'There is no such user in this tenant.' });
      const created = await createWorkspace(database, who, body);
      await announce([who.userId]);
      return created;
    },

    async deleteWorkspaceOf({ params, query }) {
      await announce(await deleteWorkspaceAsService(deletion, query.tenant_id, params.id));
    },
  };
}
