import type { FindWorkspace } from './rights-guard.ts';

/** Maximum number of remembered objects. */
const maxObjects = 10_000;

/** Finds workspaces, and forgets the one of an object that is deleted. */
export type RememberedWorkspaces = FindWorkspace & { forget(tenantId: string, id: string): void };

/** Remembers the workspace of objects that never move to another one. Objects that do not exist are looked up again. */
export function rememberWorkspace(find: FindWorkspace): RememberedWorkspaces {
  const known = new Map<string, string>();
  const keyOf = (tenantId: string, id: string) => `${tenantId} ${id}`;
  const remembered: FindWorkspace = async (caller, id) => {
    const key = keyOf(caller.tenant_id, id);
    const workspace = known.get(key);
    if (workspace !== undefined) return workspace;
    const found = await find(caller, id);
    if (found === undefined) return undefined;
    if (known.size >= maxObjects) {
      const oldest = known.keys().next();
      if (!oldest.done) known.delete(oldest.value);
    }
    known.set(key, found);
    return found;
  };
  return Object.assign(remembered, {
    forget(tenantId: string, id: string): void {
      known.delete(keyOf(tenantId, id));
    },
  });
}
