/**
 * Finds a cycle in a graph of needs.
 * @returns the nodes of the cycle with the first one repeated at the end (`a, b, a`), or undefined.
 */
export function findCycle(needs: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const cleared = new Set<string>();
  for (const start of needs.keys()) {
    const cycle = follow(start, needs, cleared);
    if (cycle) return cycle;
  }
  return undefined;
}

/** Depth first with its own stack: a long chain of needs must not overflow the call stack. */
function follow(
  start: string,
  needs: ReadonlyMap<string, readonly string[]>,
  cleared: Set<string>,
): string[] | undefined {
  const path: { id: string; next: number }[] = [];
  const onPath = new Set<string>();
  const enter = (id: string): void => {
    path.push({ id, next: 0 });
    onPath.add(id);
  };
  if (!cleared.has(start)) enter(start);
  for (let top = path.at(-1); top; top = path.at(-1)) {
    const need = needs.get(top.id)?.[top.next];
    top.next += 1;
    if (need === undefined) {
      path.pop();
      onPath.delete(top.id);
      cleared.add(top.id);
    } else if (onPath.has(need)) {
      const ids = path.map(({ id }) => id);
      return [...ids.slice(ids.indexOf(need)), need];
    } else if (!cleared.has(need)) {
      enter(need);
    }
  }
  return undefined;
}
