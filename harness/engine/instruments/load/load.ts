import type { BaselinePace, Machine } from './baseline.ts';
import type { LoadPlan } from './load-plan.ts';

/** Times are of expected responses only: a fast error must not improve them. Milliseconds. */
export interface Times {
  minMs: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  maxMs: number;
}

export interface Counts {
  total: number;
  failed: number;
}

/** Counts cover every request to the platform, and none to the reference server. */
export interface LoadSummary extends Counts {
  /** Iterations that the generator could not start in time: its failure, not the product's. */
  dropped: number;
  /** Iterations started. */
  iterations: number;
  /** The timeout of a request if no response was expected, never zero. */
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
}

/** The figures of the steps of one name. Without expected responses the times are the timeout. */
export interface StepFigures extends Counts, Times {
  name: string;
  /** The statuses of failed requests with their number; 0: no response. */
  failures: Readonly<Record<string, number>>;
  /**
   * Median times of the parts of the load, in their order: the two halves of a load of one stage and of a closed load,
   * else its stages. Null for a part without expected responses.
   */
  partsP50Ms: readonly (number | null)[];
}

/** The figures of one part of the load. */
export interface PartFigures extends Counts, Times {
  /** Iterations per second that the plan asks for; null in a closed load. */
  rate: number | null;
  /** Iterations started in the part, and ended at any time. */
  started: number;
  dropped: number;
  /** Requests per second from the first start of the part to its last response. */
  requestsPerSecond: number;
}

/** What the generator measured about itself. */
export interface GeneratorFigures {
  engine: 'embedded' | 'k6';
  /** 99th percentile of how late iterations started, milliseconds. */
  lagP99Ms: number;
  /** Share of the time in which the generator's event loop worked, 0–1. */
  busy: number;
  /** Why its figures say nothing about the platform; absent when they do. */
  saturated?: string;
}

export interface LoadResult extends LoadSummary {
  steps: readonly StepFigures[];
  parts: readonly PartFigures[];
  /** Why some of the requests had no response. */
  problems: readonly string[];
  generator: GeneratorFigures;
}

/** What a script of the user's own has shown. */
export interface ScriptResult {
  /** Thresholds with whether they were met, e.g. `http_req_duration: p(95)<500`. */
  thresholds: readonly { threshold: string; met: boolean }[];
  requests: number;
  iterations: number;
}

/** The baseline of this run, or why none applies. */
export type KnownBaseline = { machine: Machine } & (
  | { paces: readonly BaselinePace[]; run: string }
  | { paces?: undefined; reason: string }
);

export interface LoadInstrument {
  readonly baseline: KnownBaseline;
  /**
   * Sends the load with the embedded engine and waits for the last response.
   * @throws Error when the generator itself fails. Failures of the product are part of the result; so is a generator that
   * could not keep up: see `rejectSaturated`.
   */
  run(plan: LoadPlan): Promise<LoadResult>;
  /** The same with k6. Needs `k6`. It knows no source addresses and no reference server. */
  runWithK6(plan: LoadPlan): Promise<LoadSummary>;
  /**
   * Runs a k6 script of the user's own, with variables. Needs `k6`.
   * @param file absolute path
   * @throws Error when the script or k6 fails; a threshold that is not met is part of the result
   */
  runScript(file: string, env: Readonly<Record<string, string>>): Promise<ScriptResult>;
}
