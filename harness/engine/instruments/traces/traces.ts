import type { ServiceName } from '../../../../platform/contracts/service.ts';
import type { Exchange, RequestOptions } from '../http/http.ts';

/** A span that a trace has to pass: one of a service, with a name like this. */
export interface TraceStop {
  service: ServiceName;
  /** Matched against the span's name; any span of the service when absent. */
  name?: RegExp;
}

/** What became of the trace of one request. */
export interface TracedExchange {
  exchange: Exchange;
  /** Whether some way from the request down passes all stops in order. */
  visited: boolean;
  /** Number of trees; 1 when the trace is whole. */
  roots: number;
  /** Spans whose parent never arrived. */
  orphans: readonly string[];
  /** Services that took part. */
  services: readonly string[];
}

export interface TraceInstrument {
  /**
   * Sends a request in a trace of its own and waits, a few seconds at the most, until the services' spans pass
   * the stops. The tree as it arrived becomes evidence.
   */
  request(
    service: ServiceName,
    path: string,
    options: RequestOptions & { stops: readonly TraceStop[] },
  ): Promise<TracedExchange>;
}
