import type { Span } from './span.ts';

/** A span with its child spans, earliest first. */
export interface TraceNode {
  span: Span;
  children: readonly TraceNode[];
}

export interface TraceTree {
  /** Spans without a parent, or whose parent is the harness's request. One root means that the trace is complete. */
  roots: readonly TraceNode[];
  /** Spans whose parent was not received: the trace is broken. */
  orphans: readonly Span[];
}

/**
 * Builds the tree of the spans of one trace.
 * @param requestSpanId the span id in the harness's `traceparent` header; the harness exports no spans itself
 */
export function buildTraceTree(spans: readonly Span[], requestSpanId?: string): TraceTree {
  const known = new Set(spans.map(({ spanId }) => spanId));
  const childrenOf = Map.groupBy(
    spans.filter(({ parentSpanId }) => parentSpanId !== undefined && known.has(parentSpanId)),
    ({ parentSpanId }) => parentSpanId,
  );
  const node = (span: Span, above: ReadonlySet<string>): TraceNode => ({
    span,
    children: byStart(childrenOf.get(span.spanId) ?? [])
      .filter(({ spanId }) => !above.has(spanId))
      .map((child) => node(child, new Set([...above, child.spanId]))),
  });
  const isRoot = ({ parentSpanId }: Span): boolean =>
    parentSpanId === undefined || parentSpanId === requestSpanId;
  return {
    roots: byStart(spans.filter(isRoot)).map((span) => node(span, new Set([span.spanId]))),
    orphans: byStart(spans.filter((span) => !isRoot(span) && !known.has(span.parentSpanId as string))),
  };
}

/** Whether one path down the tree contains the stops in this order; other spans in between are allowed. */
export function visitsInOrder(tree: TraceTree, stops: readonly ((span: Span) => boolean)[]): boolean {
  const below = (node: TraceNode, left: readonly ((span: Span) => boolean)[]): boolean => {
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

function byStart(spans: readonly Span[]): Span[] {
  return [...spans].sort((a, b) => a.startMs - b.startMs || (a.spanId < b.spanId ? -1 : 1));
}
