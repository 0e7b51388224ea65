import type { BootFacts, LogLine } from '../evidence/facts.ts';

/** A node of the boot graph that did not become ready because of its own failure. */
export interface BootFailure {
  node: string;
  by: 'product' | 'harness';
  /** What happened, with the last response to the readiness probe. */
  cause: string;
  logs: readonly LogLine[];
}

/**
 * The failure behind a node that is not ready. If the node waited for another one, the search follows its open
 * edges to the node that failed itself.
 * @returns undefined if the node is ready, is not part of the boot, or was not started (interrupted boot).
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

/** The root failures of the boot, sorted by node. */
export function bootFailures(boot: readonly BootFacts[]): BootFailure[] {
  const roots = new Map<string, BootFailure>();
  for (const { node } of boot) {
    const failure = bootFailureBehind(boot, node);
    if (failure) roots.set(failure.node, failure);
  }
  return [...roots.values()].sort((left, right) => (left.node < right.node ? -1 : 1));
}

function toFailure({ node, failure }: BootFacts): BootFailure {
  // A failure of the product always has a recorded cause. Without one, the harness failed to record it.
  if (!failure) return { node, by: 'harness', cause: 'failed without a recorded cause', logs: [] };
  const probe = failure.lastProbe === undefined ? '' : ` (last probe: ${failure.lastProbe})`;
  const edges = failure.openEdges.length === 0 ? '' : `; waited for ${failure.openEdges.join(', ')}`;
  return { node, by: failure.by, cause: `${failure.cause}${probe}${edges}`, logs: failure.logs };
}
