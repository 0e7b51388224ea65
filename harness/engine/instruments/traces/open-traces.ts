import type { EvidenceSink } from '../../../evidence/evidence-sink.ts';
import type { SeenSpan } from '../../../telemetry/span.ts';
import type { SpanReceiver } from '../../../telemetry/span-receiver.ts';
import { buildTraceTree, drawTraceTree, visitsInOrder } from '../../../telemetry/trace-tree.ts';
import type { HttpInstrument } from '../http/http.ts';
import type { TraceInstrument, TraceStop } from './traces.ts';

/** Longest wait for the services to send their spans, milliseconds. */
const arrivalLimitMs = 5_000;

/** Traces of single requests, seen through the spans the services send to the harness. */
export function openTraces(options: {
  http: HttpInstrument;
  receiver: SpanReceiver;
  evidence: EvidenceSink;
  signal: AbortSignal;
  /** Hexadecimal digits nobody else uses. */
  digits(length: number): string;
}): TraceInstrument {
  return {
    async request(service, path, { stops, ...request }) {
      const traceId = options.digits(32);
      const spanId = options.digits(16);
      const exchange = await options.http.request(service, path, {
        ...request,
        headers: { ...request.headers, traceparent: `00-${traceId}-${spanId}-01` },
      });
      const wanted = stops.map(toMatcher);
      const whole = (spans: readonly SeenSpan[]): boolean => {
        const tree = buildTraceTree(spans, spanId);
        return tree.orphans.length === 0 && visitsInOrder(tree, wanted);
      };
      const spans = await options.receiver.trace(traceId, {
        complete: whole,
        limitMs: arrivalLimitMs,
        signal: options.signal,
      });
      const tree = buildTraceTree(spans, spanId);
      await options.evidence.write('trace.txt', `trace ${traceId}\n${drawTraceTree(tree)}\n`);
      return {
        exchange,
        visited: visitsInOrder(tree, wanted),
        roots: tree.roots.length,
        orphans: tree.orphans.map((span) => `${span.service}: ${span.name}`),
        services: [...new Set(spans.map((span) => span.service))].sort(),
      };
    },
  };
}

function toMatcher({ service, name }: TraceStop): (span: SeenSpan) => boolean {
  return (span) => span.service === service && (name === undefined || name.test(span.name));
}
