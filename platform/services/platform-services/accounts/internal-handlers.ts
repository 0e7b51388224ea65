import type { platformServices } from '../../../contracts/platform-services/contract.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { type DeleteAccountDeps, deleteAccount } from '../erasures/delete-account.ts';
import { createWorkspace, deleteWorkspaceAsService } from '../workspaces/workspaces.ts';
import { findUsers } from './find-users.ts';

/** Routes for other services: steps of sagas and their compensation. */
export function internalHandlers(
  database: Database,
  deletion: DeleteAccountDeps & { onErasure: () => void },
): Pick<
  Handlers<typeof platformServices>,
  'deleteUser' | 'findUsers' | 'createWorkspaceFor' | 'deleteWorkspaceOf'
> {
  return {
    async findUsers({ body }) {
      return { users: await findUsers(database, body) };
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
      return createWorkspace(database, who, body);
    },

    deleteWorkspaceOf({ params, query }) {
      return deleteWorkspaceAsService(database, query.tenant_id, params.id);
    },
  };
}
