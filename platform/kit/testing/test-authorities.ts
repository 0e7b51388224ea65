import type { Authority } from '../../contracts/rights.ts';
import type { Authorities, Caller } from '../rights/authorities.ts';

export interface TestAuthorities extends Authorities {
  /** Sets rights of a user and announces the change. `null` removes the user. */
  set(caller: Caller, change: Partial<Authority> | null): void;
}

/** Rights of a user who owns one workspace, with the id of the tenant. */
export function ownerAuthority({ user_id, tenant_id }: Caller): Authority {
  return {
    user_id,
    tenant_id,
    role: 'user',
    is_active: true,
    owns_tenant: false,
    default_workspace_id: tenant_id,
    tenant_workspace_id: tenant_id,
    workspaces: [{ id: tenant_id, role: 'owner' }],
  };
}

/**
 * Rights for tests of services that run without platform-services, like the keys of a test signer. Unless a test sets
 * others, every user is an owner of the one workspace of the tenant.
 */
export function createTestAuthorities(): TestAuthorities {
  const known = new Map<string, Authority | undefined>();
  const listeners = new Map<string, Set<() => void>>();
  return {
    of: async (caller) => (known.has(caller.user_id) ? known.get(caller.user_id) : ownerAuthority(caller)),
    onChange(userId, listener) {
      const own = listeners.get(userId) ?? new Set();
      listeners.set(userId, own.add(listener));
      return () => void own.delete(listener);
    },
    set(caller, change) {
      known.set(caller.user_id, change === null ? undefined : { ...ownerAuthority(caller), ...change });
      for (const listener of listeners.get(caller.user_id) ?? []) listener();
    },
  };
}
