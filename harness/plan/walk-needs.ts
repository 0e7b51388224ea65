export interface NeedsWalk {
  /** Every node after all nodes that it needs; only those before the cycle if there is one. */
  order: string[];
  /** The nodes of a cycle with the first one repeated at the end (`a, b, a`). */
  cycle?: string[];
}

/**
 * Walks a graph of needs depth first. It visits each node and each need once. It has its own stack, because a long chain
 * of needs must not overflow the call stack.
 */
export function walkNeeds(needs: ReadonlyMap<string, readonly string[]>): NeedsWalk {
  const done = new Set<string>();
  const path: { id: string; needs: readonly string[]; next: number }[] = [];
  const onPath = new Set<string>();
  const enter = (id: string): void => {
    path.push({ id, needs: needs.get(id) ?? [], next: 0 });
    onPath.add(id);
  };
  for (const start of needs.keys()) {
    if (!done.has(start)) enter(start);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const need = top.needs[top.next];
      top.next += 1;
      if (need === undefined) {
        path.pop();
        onPath.delete(top.id);
        done.add(top.id);
      } else if (onPath.has(need)) {
        const ids = path.map(({ id }) => id);
        return { order: [...done], cycle: [...ids.slice(ids.indexOf(need)), need] };
      } else if (!done.has(need)) enter(need);
    }
  }
  return { order: [...done] };
}
