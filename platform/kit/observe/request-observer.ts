import type { Span, SpanContext } from '@opentelemetry/api';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { newSpanContext, parseTraceparent } from './trace-context.ts';
import { SpanKind, startSpan } from './tracing.ts';

/** A request from its arrival to its response. */
export interface ObservedRequest {
  readonly id: string;
  readonly method: string;
  /** Path template of its route. */
  readonly route: string;
  /** Span context of this request; the parent of everything done for it. */
  readonly trace: SpanContext;
  /** Set while spans are recorded. */
  readonly span: Span | undefined;
  /** Time of arrival by `performance.now`, milliseconds. */
  readonly atMs: number;
  /** Who sent it, as far as it is known. Lines about rejections have it (ASVS 16.2.1). */
  caller?: { userId?: string | undefined; address?: string };
  /** Set when a service acts for the user. */
  acting?: ActingCaller;
}

/** A service that acts for a user. */
export interface ActingCaller {
  userId: string;
  service: string;
  /** The saga or workflow. */
  run: string | undefined;
}

/** Records requests in traces, metrics and the log. */
export interface RequestObserver {
  started(request: {
    id: string;
    method: string;
    route: string;
    traceparent: string | string[] | undefined;
  }): ObservedRequest;
  /** Called once, after the response was sent or the client disconnected. */
  completed(request: ObservedRequest, status: number): void;
  /** Logs the cause of a response of 500 and above, which the client does not see. */
  failed(request: Pick<ObservedRequest, 'id' | 'trace'>, cause: unknown): void;
}

const slowRequestMs = 1_000;

export function createRequestObserver({ metrics, log }: { metrics: Metrics; log: Log }): RequestObserver {
  return {
    started({ id, method, route, traceparent }) {
      const inbound = parseTraceparent(traceparent);
      const span = startSpan(`${method} ${route}`, {
        kind: SpanKind.SERVER,
        parent: inbound ?? null,
        attributes: { 'http.request.method': method, 'http.route': route },
      });
      const recording = span.isRecording();
      return {
        id,
        method,
        route,
        trace: recording ? span.spanContext() : (inbound ?? newSpanContext()),
        span: recording ? span : undefined,
        atMs: performance.now(),
      };
    },
    completed({ id, method, route, trace, span, atMs, caller, acting }, status) {
      const elapsedMs = performance.now() - atMs;
      metrics.requests.observe(method, route, status, elapsedMs / 1000);
      if (span !== undefined) {
        span.setAttribute('http.response.status_code', status);
        if (status >= 500) span.setStatus({ code: 2 });
        span.end();
      }
      // A line for each successful request would halve the throughput; metrics and spans cover those.
      const level =
        status >= 500 ? 'error' : status >= 400 ? 'info' : elapsedMs > slowRequestMs ? 'warn' : 'debug';
      if (!log.isLevelEnabled(level)) return;
      log[level](
        {
          method,
          route,
          status,
          duration_ms: Math.round(elapsedMs * 1000) / 1000,
          request_id: id,
          trace_id: trace.traceId,
          ...(status >= 400 &&
            caller && {
              ...(caller.userId !== undefined && { user_id: caller.userId }),
              ...(caller.address !== undefined && { address: caller.address }),
            }),
          ...(acting && { user_id: acting.userId, acting_service: acting.service, run_id: acting.run }),
        },
        'request completed',
      );
    },
    failed({ id, trace }, cause) {
      log.error({ err: cause, request_id: id, trace_id: trace.traceId }, 'request failed');
    },
  };
}
