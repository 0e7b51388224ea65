import type { ServiceName } from '../../../../platform/contracts/service.ts';
import type { Exchange, RequestOptions } from '../http/http.ts';

/** A span that a trace must contain. */
export interface TraceStop {
  service: ServiceName;
  /** Pattern of the span's name; without it, any span of the service matches. */
  name?: RegExp;
}

/** A span that was received. */
export interface TracedSpan {
  service: string;
  name: string;
  attributes: Readonly<Record<string, string | number | boolean>>;
}

/** One request and its trace. */
export interface TracedExchange {
  exchange: Exchange;
  /** Whether one path down from the request contains all stops in order. */
  visited: boolean;
  /** Number of trees; 1 when the trace is complete. */
  roots: number;
  /** Spans whose parent never arrived. */
  orphans: readonly string[];
  /** Calls of services that another one answered, but not in this trace: it got no trace header. */
  unanswered: readonly string[];
  /** Services that sent spans of the trace. */
  services: readonly string[];
  /** All spans of the trace. */
  spans: readonly TracedSpan[];
}

export interface TraceInstrument {
  /**
   * Sends a request in a trace of its own and waits up to 10 s until the received spans contain the stops. The tree
   * of received spans becomes evidence.
   */
  request(
    service: ServiceName,
    path: string,
    options: RequestOptions & {
      stops: readonly TraceStop[];
      /** Names the evidence, where a check sends several requests. Default: `trace`. */
      name?: string;
    },
  ): Promise<TracedExchange>;
  /**
   * Pairs of services that call each other without a trace, of all calls since the boot that are kept, e.g.
   * `saga-service to file-service`. Waits up to 10 s for the spans of calls that have just ended.
   */
  pairsWithoutTrace(): Promise<readonly string[]>;
}
