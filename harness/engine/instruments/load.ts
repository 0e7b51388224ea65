import type { ServiceName } from '../../../platform/contracts/service.ts';

/** An open-model load: arrivals at a constant rate, whatever the answers. */
export interface LoadPlan {
  name: string;
  /** Iterations started per second. */
  rate: number;
  /** Seconds. */
  duration: number;
  /** Requests of one iteration, in order. */
  requests: readonly {
    service: ServiceName;
    method: string;
    path: string;
    token?: string;
    body?: unknown;
    /** Statuses that count as success; anything else, or no answer, is a failure. */
    expectedStatuses: readonly number[];
  }[];
}

export interface LoadSummary {
  total: number;
  failed: number;
  /** Iterations the generator could not start in time: its own shortfall, not the product's. */
  dropped: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
}

export interface LoadInstrument {
  run(plan: LoadPlan): Promise<LoadSummary>;
}
