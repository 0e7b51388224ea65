// biome-ignore-all lint/suspicious/noTemplateCurlyInString: code of the platform
import type { SourceChange } from '../../harness/engine/index.ts';

/** A realistic bug in the platform's source that a run must answer with NO-GO, for the right first reason. */
export interface Mutant {
  /** Unique, e.g. `token-lifetime.refresh-never-expires`. */
  id: string;
  /** Kind of defect that it is an example of, 1–18: see docs/red-proofs.md. */
  kind: number;
  /** The defect, as a sentence about the platform. */
  defect: string;
  /** Each text occurs exactly once in its file. */
  changes: readonly SourceChange[];
  /** Ids of checks that must fail. The failure of the first one must be the first blocker, unless `rootCause` says which. */
  caughtBy: readonly string[];
  /** Ids of further checks that must run, because their requests trigger the defect. */
  alongside?: readonly string[];
  /** What the first blocker must say, where that is not the failure title of the first check. */
  rootCause?: string | RegExp;
}

/** A change of one place of a file below `platform/`. */
export function replacing(file: string, find: string, replace: string): SourceChange {
  return { kind: 'source', file: `platform/${file}`, find, replace };
}
