import type { BootFacts, Facts, LogLine } from '../evidence/facts.ts';

/** A node of the platform that failed by itself: it did not become ready, or it exited or was away during the checks. */
export interface NodeFailure {
  node: string;
  kind: BootFacts['kind'];
  /** `boot`: it did not become ready. `exit`: it was ready and exited. `outage`: it did not always respond. */
  at: 'boot' | 'exit' | 'outage';
  /** Whose failure it is. The harness provides the stores, so theirs are failures of the harness. */
  by: 'product' | 'harness';
  /** What happened; for a boot, with the last response to the readiness probe. */
  cause: string;
  logs: readonly LogLine[];
}

type NodeFacts = Pick<Facts, 'boot' | 'exits'>;

const descriptions: Readonly<Record<NodeFailure['at'], string>> = {
  boot: 'did not become ready',
  exit: 'exited during the run',
  outage: 'was not available throughout the run',
};

/** What a failed node did, e.g. `gateway did not become ready`. */
export function describeNodeFailure({ node, at }: Pick<NodeFailure, 'node' | 'at'>): string {
  return `${node} ${descriptions[at]}`;
}

/** All failures that are root causes, stores first: services depend on them. Then those at boot, then by node. */
export function nodeFailures(facts: NodeFacts): NodeFailure[] {
  const roots = new Map<string, NodeFailure>();
  for (const { node } of [...facts.boot, ...(facts.exits ?? [])]) {
    const failure = bootFailureBehind(facts.boot, node) ?? exitBehind(facts, node);
    if (failure) roots.set(failure.node, failure);
  }
  return [...roots.values()].sort(rootsFirst);
}

const kinds = ['store', 'job', 'service'] as const;

export function rootsFirst(left: NodeFailure, right: NodeFailure): number {
  const rank = ({ kind, at }: NodeFailure): number => kinds.indexOf(kind) * 2 + (at === 'boot' ? 0 : 1);
  return rank(left) - rank(right) || (left.node < right.node ? -1 : 1);
}

/**
 * The boot failure behind a node that is not ready. If the node waited for another one, or depends on one that
 * failed, the search follows its edges to the node that failed itself.
 * @returns undefined if the node is ready, is not part of the boot, or was not started (interrupted boot).
 */
export function bootFailureBehind(boot: readonly BootFacts[], node: string): NodeFailure | undefined {
  const nodes = new Map(boot.map((facts) => [facts.node, facts]));
  const seen = new Set<string>();
  let current: BootFacts | undefined = nodes.get(node);
  if (!current || current.state === 'ready') return undefined;
  for (;;) {
    seen.add(current.node);
    const behind: BootFacts | undefined = edgesBehind(current)
      .sort()
      .map((edge) => nodes.get(edge))
      .find((facts) => facts !== undefined && facts.state !== 'ready' && !seen.has(facts.node));
    if (!behind) return current.failure || current.state === 'failed' ? toFailure(current) : undefined;
    current = behind;
  }
}

/**
 * Edges to the nodes that may explain a failure. A node that never became ready, or gave up, may miss a node that it
 * depends on. A taken port or a wrong identity is a cause of its own.
 */
function edgesBehind({ state, failure, dependsOn }: BootFacts): string[] {
  if (state === 'not-started' || failure?.kind === 'edge')
    // The boot writes an edge as `redis: started`.
    return (failure?.openEdges ?? []).map((edge) => edge.replace(/: \w+$/, ''));
  return failure?.kind === 'timeout' || failure?.kind === 'exited' ? [...(dependsOn ?? [])] : [];
}

function toFailure({ node, kind, failure }: BootFacts): NodeFailure {
  const root = { node, kind, at: 'boot' } as const;
  // A failure of the product always has a recorded cause. Without one, the harness failed to record it.
  if (!failure) return { ...root, by: 'harness', cause: 'failed without a recorded cause', logs: [] };
  const probe = failure.lastProbe === undefined ? '' : ` (last probe: ${failure.lastProbe})`;
  const edges = failure.openEdges.length === 0 ? '' : `; waited for ${failure.openEdges.join(', ')}`;
  return { ...root, by: failure.by, cause: `${failure.cause}${probe}${edges}`, logs: failure.logs };
}

/** The exit behind a node that exited: its own, or the earlier one of a store, which every service depends on. */
export function exitBehind({ boot, exits = [] }: NodeFacts, node: string): NodeFailure | undefined {
  const kindOf = (name: string): BootFacts['kind'] =>
    boot.find((facts) => facts.node === name)?.kind ?? 'service';
  const own = exits.find((exit) => exit.node === node);
  if (!own) return undefined;
  const earlierStores = exits
    .filter((exit) => exit.afterMs <= own.afterMs && kindOf(exit.node) === 'store')
    .sort((left, right) => left.afterMs - right.afterMs);
  const root = kindOf(node) === 'store' ? own : (earlierStores[0] ?? own);
  const kind = kindOf(root.node);
  return {
    node: root.node,
    kind,
    at: root.outage ? 'outage' : 'exit',
    by: kind === 'store' ? 'harness' : 'product',
    cause: root.reason,
    logs: root.logs,
  };
}
