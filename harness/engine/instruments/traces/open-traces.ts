import { setTimeout as pause } from 'node:timers/promises';
import type { Span } from '../../../telemetry/span.ts';
import type { TraceSource } from '../../../telemetry/span-receiver.ts';
import { buildTraceTree, drawTraceTree, visitsInOrder } from '../../../telemetry/trace-tree.ts';
import { pairsWithoutTrace, unansweredCalls } from '../../../telemetry/unanswered-calls.ts';
import { MissingCapability } from '../../failures/missing-capability.ts';
import type { CheckScope } from '../check-scope.ts';
import type { HttpInstrument } from '../http/http.ts';
import type { TraceInstrument, TraceStop } from './traces.ts';

/** Maximum wait for the spans of the services, milliseconds. */
const arrivalLimitMs = 10_000;
/** Time between two looks at all spans, milliseconds. */
const pollMs = 250;

/** Traces of single requests, built from the spans that the services send to the harness. */
export function openTraces(
  scope: CheckScope,
  options: {
    http: HttpInstrument;
    receiver: TraceSource | undefined;
    /** Random digits for ids. */
    hexDigits(length: number): string;
  },
): TraceInstrument {
  const { http, receiver, hexDigits } = options;
  return {
    async request(service, path, { stops, name = 'trace', ...request }) {
      scope.requireCapability('traces');
      if (!receiver) throw new MissingCapability('traces');
      const traceId = hexDigits(32);
      const spanId = hexDigits(16);
      const exchange = await http.request(service, path, {
        ...request,
        headers: { ...request.headers, traceparent: `00-${traceId}-${spanId}-01` },
      });
      const matchers = stops.map(toMatcher);
      const isComplete = (spans: readonly Span[]): boolean => {
        const tree = buildTraceTree(spans, spanId);
        return (
          tree.orphans.length === 0 && visitsInOrder(tree, matchers) && unansweredCalls(spans).length === 0
        );
      };
      const spans = await receiver.trace(traceId, {
        complete: isComplete,
        limitMs: arrivalLimitMs * scope.patience,
        signal: scope.signal,
      });
      const tree = buildTraceTree(spans, spanId);
      await scope.evidence.write(`${name}.txt`, `trace ${traceId}\n${drawTraceTree(tree)}\n`);
      return {
        exchange,
        visited: visitsInOrder(tree, matchers),
        roots: tree.roots.length,
        orphans: tree.orphans.map((span) => `${span.service}: ${span.name}`),
        unanswered: unansweredCalls(spans).map(({ service: by, name: what }) => `${by}: ${what}`),
        spans: spans.map(({ service: by, name: what, attributes }) => ({
          service: by,
          name: what,
          attributes,
        })),
        services: [...new Set(spans.map((span) => span.service))].sort(),
      };
    },
    async pairsWithoutTrace() {
      scope.requireCapability('traces');
      if (!receiver) throw new MissingCapability('traces');
      const endsAt = performance.now() + arrivalLimitMs * scope.patience;
      for (;;) {
        const pairs = pairsWithoutTrace(receiver.all());
        if (pairs.length === 0 || performance.now() > endsAt) return pairs;
        await pause(pollMs, undefined, { signal: scope.signal });
      }
    },
  };
}

function toMatcher({ service, name }: TraceStop): (span: Span) => boolean {
  return (span) => span.service === service && (name === undefined || name.test(span.name));
}
