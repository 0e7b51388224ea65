import type { FindWorkspace } from './rights-guard.ts';

/** Maximum number of remembered objects. */
const maxObjects = 10_000;

/** Remembers the workspace of objects that never move to another one. Objects that do not exist are looked up again. */
export function rememberWorkspace(find: FindWorkspace): FindWorkspace {
  const known = new Map<string, string>();
  return async (caller, id) => {
    const key = `${caller.tenant_id} ${id}`;
    const remembered = known.get(key);
    if (remembered !== undefined) return remembered;
    const found = await find(caller, id);
    if (found === undefined) return undefined;
    if (known.size >= maxObjects) {
      const oldest = known.keys().next();
      if (!oldest.done) known.delete(oldest.value);
    }
    known.set(key, found);
    return found;
  };
}
