import type { BootFacts, LogLine } from '../../evidence/facts.ts';
import { formatDuration } from '../view/format-duration.ts';
import type { Tone } from '../view/format-outcome.ts';

/** The boot as a timeline of when each node became ready. */
export interface BootView {
  /** When the last node became ready, in words; empty when none did. */
  total: string;
  nodes: readonly {
    node: string;
    kind: string;
    state: string;
    tone: Tone;
    readyAfter: string;
    /** Thousandths of the timeline's width. */
    width: number;
    failure: {
      cause: string;
      by: string;
      lastProbe: string;
      openEdges: readonly string[];
      logs: readonly LogLine[];
    } | null;
  }[];
}

export function bootView(boot: readonly BootFacts[]): BootView {
  const lastMs = Math.max(0, ...boot.map(({ readyAfterMs }) => readyAfterMs ?? 0));
  return {
    total: lastMs > 0 ? formatDuration(lastMs) : '',
    nodes: boot.map(({ node, kind, state, readyAfterMs, failure }) => ({
      node,
      kind,
      state: state === 'not-started' ? 'not started' : state,
      tone: state === 'ready' ? 'good' : state === 'failed' ? 'bad' : 'open',
      readyAfter: readyAfterMs === undefined ? '' : formatDuration(readyAfterMs),
      width: readyAfterMs === undefined || lastMs === 0 ? 0 : Math.floor((readyAfterMs * 1000) / lastMs),
      failure: failure
        ? {
            cause: failure.cause,
            by: failure.by,
            lastProbe: failure.lastProbe ?? '',
            openEdges: failure.openEdges,
            logs: failure.logs,
          }
        : null,
    })),
  };
}
