import type { Outcome } from '../plan/outcome.ts';

/** A state change of a boot node, as a runtime reports it. `atMs`: milliseconds since the start of the boot. */
export type BootProgress =
  | { type: 'starting'; node: string; atMs: number }
  | { type: 'ready'; node: string; atMs: number }
  | { type: 'failed'; node: string; atMs: number; cause: string };

/** The events of a run, in order. Listeners only show them; no decision depends on them. */
export type RunEvent =
  | {
      type: 'plan-frozen';
      runId: string;
      planSha256: string;
      /** Number of selected checks. */
      checks: number;
      /** Nodes to boot, in plan order. */
      nodes: readonly string[];
    }
  | BootProgress
  | { type: 'check-started'; id: string }
  | {
      type: 'check-finished';
      id: string;
      /** Provisional: the check's own outcome, before the judge sees the whole run. */
      outcome: Outcome;
      durationMs: number;
      /** One line: the observed and the expected values; absent for a pass. */
      detail?: string;
    };

/** Listens to a run. Must not throw or block. */
export interface RunEvents {
  emit(event: RunEvent): void;
}
