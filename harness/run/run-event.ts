import type { Verdict } from '../judge/result.ts';
import type { Outcome } from '../plan/outcome.ts';

/** What a node of the boot graph does; the shape a runtime reports it in. `atMs` counts from the start of the boot. */
export type BootProgress =
  | { type: 'starting'; node: string; atMs: number }
  | { type: 'ready'; node: string; atMs: number }
  | { type: 'failed'; node: string; atMs: number; cause: string };

/** What happens during a run, in the order it happens. Listeners only show it; nothing is decided by it. */
export type RunEvent =
  | {
      type: 'plan-frozen';
      runId: string;
      planSha256: string;
      /** Number of checks this run looks at. */
      checks: number;
      /** Nodes to be booted, in plan order. */
      nodes: readonly string[];
    }
  | BootProgress
  | { type: 'check-started'; id: string }
  | {
      type: 'check-finished';
      id: string;
      /** How it looks before the judge has seen the whole run; the result may still say `blocked` for a `fail`. */
      ending: Exclude<Outcome, 'notApplicable'>;
      durationMs: number;
      /** One line: what was seen instead of what was expected. */
      detail?: string;
    }
  | { type: 'interrupted'; by: string }
  | { type: 'judged'; verdict: Verdict }
  | { type: 'report-written'; path: string };

/** Listens to a run. Must not throw and must not hold the run up. */
export interface RunEvents {
  emit(event: RunEvent): void;
}
