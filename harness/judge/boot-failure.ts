import type { BootFacts, LogLine } from '../evidence/facts.ts';

/** A node of the boot graph that did not become ready through a failure of its own. */
export interface BootFailure {
  node: string;
  by: 'product' | 'harness';
  /** What happened, the last probe answer included. */
  cause: string;
  logs: readonly LogLine[];
}

/**
 * The failure behind a node that is not ready. A node that waited for another in vain is led back along its
 * open edges to the one that failed by itself.
 * @returns undefined when the node is ready, was not part of the boot, or was never tried (an interrupted boot).
 */
export function bootFailureBehind(boot: readonly BootFacts[], node: string): BootFailure | undefined {
  const nodes = new Map(boot.map((facts) => [facts.node, facts]));
  const seen = new Set<string>();
  let current: BootFacts | undefined = nodes.get(node);
  if (!current || current.state === 'ready') return undefined;
  for (;;) {
    seen.add(current.node);
    const failure: BootFacts['failure'] = current.failure;
    const waited: boolean = current.state === 'not-started' || failure?.kind === 'edge';
    const behind: BootFacts | undefined = waited
      ? [...(failure?.openEdges ?? [])]
          .sort()
          .map((edge) => nodes.get(edge))
          .find((facts) => facts !== undefined && facts.state !== 'ready' && !seen.has(facts.node))
      : undefined;
    if (!behind) return current.failure || current.state === 'failed' ? toFailure(current) : undefined;
    current = behind;
  }
}

/** Every failure of the boot that is nobody else's consequence, sorted by node. */
export function bootFailures(boot: readonly BootFacts[]): BootFailure[] {
  const roots = new Map<string, BootFailure>();
  for (const { node } of boot) {
    const failure = bootFailureBehind(boot, node);
    if (failure) roots.set(failure.node, failure);
  }
  return [...roots.values()].sort((left, right) => (left.node < right.node ? -1 : 1));
}

function toFailure({ node, failure }: BootFacts): BootFailure {
  // Every failure of the product comes with what was seen of it; without that, the harness did not look.
  if (!failure) return { node, by: 'harness', cause: 'failed, and no cause was recorded', logs: [] };
  const probe = failure.lastProbe === undefined ? '' : ` (last probe: ${failure.lastProbe})`;
  const edges = failure.openEdges.length === 0 ? '' : `; waited for ${failure.openEdges.join(', ')}`;
  return { node, by: failure.by, cause: `${failure.cause}${probe}${edges}`, logs: failure.logs };
}
