import type { Tools } from '../tools.ts';
import type { Goal } from './goal.ts';

/** What a run gives to every suite. */
export interface ScaleBench {
  tools: Tools;
  /** Folder for bundles; removed at the end of the run. */
  folder: string;
  signal: AbortSignal;
  /** Reports progress in one line. */
  progress(line: string): void;
}

/** The result of one measurement. */
export interface Outcome {
  /** In the unit of the row. Setup and cleanup do not count. */
  value: number;
  /** What the operation returned, e.g. ids in order. Both sides must return the same. Absent: nothing to compare. */
  result?: unknown;
  /** Why the operation ended early. `value` is then only a lower bound and is left out of curves. */
  stopped?: string;
}

/**
 * One operation, measured at every size beside its floor. `Filled` is what the suite has filled for one size, and
 * `Prepared` what the row makes of it once per size, before the first measurement.
 */
export interface ScaleRow<Filled, Prepared = unknown> {
  readonly id: string;
  readonly title: string;
  /** What the floor does, in a few words. */
  readonly floorTitle: string;
  readonly unit: 'ms' | 'MB';
  /** All of them must be reached. */
  readonly goals: readonly Goal[];
  prepare(filled: Filled): Promise<Prepared>;
  measure(filled: Filled, prepared: Prepared): Promise<Outcome>;
  floor(filled: Filled, prepared: Prepared): Promise<Outcome>;
  /**
   * Compares the sides once more after the measurement, where the measured operation returns too little for it.
   * @throws Error when they differ
   */
  verify?(filled: Filled, prepared: Prepared): Promise<void>;
  /** A shorter operation that needs the same indexes and caches; the default is `measure`. */
  warm?(filled: Filled, prepared: Prepared): Promise<unknown>;
}

/** A running system, filled for one size after another. */
export interface OpenSuite<Filled> extends AsyncDisposable {
  /** Fills the system for one size, next to the sizes before. */
  fill(size: number): Promise<Filled>;
  /** Resolves when nothing works in the background. Absent: nothing ever does. */
  settled?(limitMs: number): Promise<void>;
}

/** Rows that share a system and the meaning of a size. */
export interface Suite<Filled = unknown> {
  readonly id: string;
  readonly title: string;
  /** What a size counts, e.g. `records`. */
  readonly sizeUnit: string;
  readonly defaultSizes: readonly number[];
  readonly rows: readonly ScaleRow<Filled>[];
  open(bench: ScaleBench): Promise<OpenSuite<Filled>>;
}
