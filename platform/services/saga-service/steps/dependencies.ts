/** The part of a step that decides when it may start. */
export interface Dependent {
  step_id: string;
  depends_on?: readonly string[] | undefined;
}

/**
 * Positions of the steps on which each step depends directly. A step that names none in `depends_on` depends on the one
 * before it, so steps run in sequence by default. Unknown ids are left out; the start of a saga rejects them.
 */
export function dependenciesOf(steps: readonly Dependent[]): number[][] {
  const positions = new Map(steps.map(({ step_id }, index) => [step_id, index]));
  return steps.map(({ depends_on }, index) => {
    if (depends_on === undefined) return index === 0 ? [] : [index - 1];
    return depends_on.map((id) => positions.get(id)).filter((found) => found !== undefined);
  });
}

/** Ids of all steps that have certainly ended when each step starts: its dependencies and those of them. */
export function endedBefore(steps: readonly Dependent[]): Set<string>[] {
  const direct = dependenciesOf(steps);
  const all: Set<string>[] = [];
  for (const [index, positions] of direct.entries()) {
    const ended = new Set<string>();
    for (const position of positions.filter((earlier) => earlier < index)) {
      ended.add((steps[position] as Dependent).step_id);
      for (const id of all[position] ?? []) ended.add(id);
    }
    all.push(ended);
  }
  return all;
}
