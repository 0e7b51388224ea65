import type { platformServices } from '../../../contracts/platform-services/contract.ts';
import { tenantOf } from '../../../kit/auth/tenant-of.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import { originOf } from '../audit/audit.ts';
import type { DeleteAccountDeps } from '../erasures/delete-account.ts';
import { removeUser } from './remove-user.ts';
import * as users from './tenant-users.ts';

type TenantRoute =
  | 'tenant'
  | 'renameTenant'
  | 'transferTenant'
  | 'listTenantUsers'
  | 'tenantUser'
  | 'changeTenantUser'
  | 'deactivateTenantUser'
  | 'reactivateTenantUser'
  | 'removeTenantUser';

export interface TenantDeps extends DeleteAccountDeps {
  /** Called when a copy of a user in user-service is out of date. Must return at once. */
  onChangedUser: () => void;
  /** Called when data is to be erased. Must return at once. */
  onErasure: () => void;
}

/** The tenant and the administration of its users. */
export function tenantHandlers(deps: TenantDeps): Pick<Handlers<typeof platformServices>, TenantRoute> {
  const { database, announce, onChangedUser, onErasure } = deps;

  /** Tells the other services about a change of users. */
  async function changed<T>(result: T, ...userIds: string[]): Promise<T> {
    onChangedUser();
    await announce(userIds);
    return result;
  }

  return {
    tenant: ({ caller }) => users.readTenant(database, tenantOf(caller)),
    renameTenant: (request) =>
      users.renameTenant(database, tenantOf(request.caller), request.body.name, originOf(request)),
    async transferTenant(request) {
      const { caller, body } = request;
      const who = tenantOf(caller);
      const tenant = await users.transferTenant(database, who, body.user_id, originOf(request));
      return changed(tenant, body.user_id, who.userId);
    },
    async listTenantUsers({ caller, query }) {
      const found = await users.listUsers(database, tenantOf(caller), query);
      return { ...found, total_pages: Math.ceil(found.total / found.page_size) };
    },
    tenantUser: ({ caller, params }) => users.readUser(database, tenantOf(caller), params.id),
    async changeTenantUser(request) {
      const { caller, params, body } = request;
      const change = { userId: params.id, role: body.role };
      const user = await users.changeRole(database, tenantOf(caller), change, originOf(request));
      return changed(user, params.id);
    },
    async deactivateTenantUser(request) {
      const { caller, params } = request;
      const user = await users.deactivateUser(deps, tenantOf(caller), params.id, originOf(request));
      return changed(user, params.id);
    },
    async reactivateTenantUser(request) {
      const { caller, params } = request;
      const user = await users.reactivateUser(database, tenantOf(caller), params.id, originOf(request));
      return changed(user, params.id);
    },
    async removeTenantUser(request) {
      const { caller, params } = request;
      const affected = await removeUser(deps, tenantOf(caller), params.id, originOf(request));
      onErasure();
      await changed(undefined, ...affected);
    },
  };
}
