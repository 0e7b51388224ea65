import type { EvidenceSink } from '../../evidence/evidence-sink.ts';
import type { Capability } from '../../plan/plan.ts';

/** What the instruments of one check share. */
export interface CheckScope {
  signal: AbortSignal;
  /** See `CheckContext.patience`. */
  patience: number;
  evidence: EvidenceSink;
  /**
   * @throws MissingCapability when the run lacks the capability. @throws Error when the check does not declare it:
   * where the capability is missing, such a check would fail instead of being unmeasured.
   */
  requireCapability(capability: Capability): void;
  /** The run's folder for temporary files. */
  tmpDir: string;
  /** Environment variables that mark every process of the run. */
  env: Readonly<Record<string, string>>;
  /** Called with every process that is started: the reaper ends it when the harness is killed. */
  trackProcess(pid: number): void;
  /** Names of the programs that the check has started and that have not exited. */
  running: Set<string>;
}
