import type { CheckFacts, ExitFacts } from '../../evidence/facts.ts';
import type { BootedStack, NodeExit } from '../../runtime/runtime.ts';

/**
 * A process that ends resets its connections before the harness sees its exit. A check that fails up to this long
 * before the exit counts as one that ended after it, milliseconds.
 */
const noticeMs = 1_000;

/** Number of log lines kept with an exit. */
const maxLines = 40;

/**
 * Records which nodes exited during the checks, or were away, one entry per node. Adds to each check the nodes that had
 * exited at its end, or were away while it ran.
 */
export function recordExits(options: {
  stack: Pick<BootedStack, 'exited' | 'logs'>;
  /** `performance.now()` at the start of the checks. */
  startedAtMs: number;
  checks: readonly CheckFacts[];
  /** `performance.now()` at the end of each check that ran, by id. */
  endedAtMs: ReadonlyMap<string, number>;
}): { exits: ExitFacts[]; checks: CheckFacts[] } {
  const exited = options.stack.exited();
  const byNode = Map.groupBy(exited, ({ node }) => node);
  return {
    exits: [...byNode].flatMap(([node, [first, ...more]]): ExitFacts[] =>
      first
        ? [
            {
              node,
              reason: `${first.reason}${more.length > 0 ? `, and ${more.length} more times` : ''}`,
              ...(first.outage ? { outage: true } : {}),
              afterMs: Math.round(first.atMs - options.startedAtMs),
              logs: options.stack.logs(node, 0).slice(-maxLines),
            },
          ]
        : [],
    ),
    checks: options.checks.map((facts) => {
      const endedAtMs = options.endedAtMs.get(facts.check);
      if (endedAtMs === undefined) return facts;
      const startedAtMs = endedAtMs - facts.durationMs;
      const wasAway = ({ atMs, untilMs = Number.POSITIVE_INFINITY }: NodeExit): boolean =>
        atMs <= endedAtMs + noticeMs && untilMs >= startedAtMs;
      const nodes = [...new Set(exited.filter(wasAway).map(({ node }) => node))];
      return nodes.length > 0 ? { ...facts, exited: nodes.sort() } : facts;
    }),
  };
}
