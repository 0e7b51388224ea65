import type { BootFacts } from '../../evidence/facts.ts';
import { formatDuration } from './format-duration.ts';
import type { Tone } from './tone.ts';

const tones: Record<BootFacts['state'], Tone> = { ready: 'good', failed: 'bad', 'not-started': 'open' };

/** The boot as a timeline of when each node became ready. */
export function bootView(boot: readonly BootFacts[]) {
  const lastMs = Math.max(0, ...boot.map(({ readyAfterMs }) => readyAfterMs ?? 0));
  return {
    /** When the last node became ready; empty if none did. */
    total: lastMs > 0 ? formatDuration(lastMs) : '',
    nodes: boot.map(({ node, kind, state, readyAfterMs, failure }) => ({
      node,
      kind,
      state: state.replace('-', ' '),
      tone: tones[state],
      readyAfter: readyAfterMs === undefined ? '–' : formatDuration(readyAfterMs),
      /** Thousandths of the width of the timeline. */
      width: readyAfterMs === undefined || lastMs === 0 ? 0 : Math.floor((readyAfterMs * 1000) / lastMs),
      failure: failure ? { ...failure, lastProbe: failure.lastProbe ?? '' } : null,
    })),
  };
}
