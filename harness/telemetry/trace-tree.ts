import type { SeenSpan } from './span.ts';

/** A span with the spans below it, earliest first. */
export interface TraceNode {
  span: SeenSpan;
  children: readonly TraceNode[];
}

export interface TraceTree {
  /** Spans whose parent is the request's own, or that have none. One means the trace is one tree. */
  roots: readonly TraceNode[];
  /** Spans whose parent never arrived: a break in the trace. */
  orphans: readonly SeenSpan[];
}

/**
 * Puts the spans of one trace together.
 * @param outsideParent the span id the harness itself sent in `traceparent`; its spans are not exported
 */
export function buildTraceTree(spans: readonly SeenSpan[], outsideParent?: string): TraceTree {
  const known = new Set(spans.map(({ spanId }) => spanId));
  const childrenOf = Map.groupBy(
    spans.filter(({ parentSpanId }) => parentSpanId !== undefined && known.has(parentSpanId)),
    ({ parentSpanId }) => parentSpanId,
  );
  const node = (span: SeenSpan, above: ReadonlySet<string>): TraceNode => ({
    span,
    children: byStart(childrenOf.get(span.spanId) ?? [])
      .filter(({ spanId }) => !above.has(spanId))
      .map((child) => node(child, new Set([...above, child.spanId]))),
  });
  const isRoot = ({ parentSpanId }: SeenSpan): boolean =>
    parentSpanId === undefined || parentSpanId === outsideParent;
  return {
    roots: byStart(spans.filter(isRoot)).map((span) => node(span, new Set([span.spanId]))),
    orphans: byStart(spans.filter((span) => !isRoot(span) && !known.has(span.parentSpanId as string))),
  };
}

/** Whether some way down the tree passes the wanted stops in this order, others in between allowed. */
export function visitsInOrder(tree: TraceTree, stops: readonly ((span: SeenSpan) => boolean)[]): boolean {
  const below = (node: TraceNode, left: readonly ((span: SeenSpan) => boolean)[]): boolean => {
    const [next, ...rest] = left;
    const remaining = next?.(node.span) ? rest : left;
    return remaining.length === 0 || node.children.some((child) => below(child, remaining));
  };
  return stops.length === 0 || tree.roots.some((root) => below(root, stops));
}

/** The tree as indented lines, for evidence and messages. */
export function drawTraceTree({ roots, orphans }: TraceTree): string {
  const draw = (node: TraceNode, depth: number): string[] => [
    `${'  '.repeat(depth)}${node.span.service}: ${node.span.name} (${node.span.kind}, ${(node.span.endMs - node.span.startMs).toFixed(1)} ms)`,
    ...node.children.flatMap((child) => draw(child, depth + 1)),
  ];
  return [
    ...roots.flatMap((root) => draw(root, 0)),
    ...orphans.map((span) => `orphan of ${span.parentSpanId}: ${span.service}: ${span.name}`),
  ].join('\n');
}

function byStart(spans: readonly SeenSpan[]): SeenSpan[] {
  return [...spans].sort((a, b) => a.startMs - b.startMs || (a.spanId < b.spanId ? -1 : 1));
}
