import { serviceNames } from '../../platform/contracts/service.ts';
import type { Span } from './span.ts';

const services: ReadonlySet<unknown> = new Set(serviceNames);

/** What sends and receives a call, e.g. `saga-service to file-service`. */
const pairOf = ({ service, attributes }: Span): string => `${service} to ${attributes['peer.service']}`;

const isAnsweredCall = ({ kind, attributes }: Span): boolean =>
  kind === 'client' &&
  services.has(attributes['peer.service']) &&
  attributes['http.response.status_code'] !== undefined;

/**
 * Calls from one service to another that were answered, but have no span of the other one below: the trace ends there,
 * and the other service has begun one of its own. A call without a response may never have arrived.
 */
export function unansweredCalls(spans: readonly Span[]): Span[] {
  const parents = new Set(spans.map(({ parentSpanId }) => parentSpanId));
  return spans.filter((span) => isAnsweredCall(span) && !parents.has(span.spanId));
}

/**
 * Pairs of services of whose calls none is continued in its trace. Single spans can be lost under load, so a pair with a
 * continued call is whole.
 */
export function pairsWithoutTrace(spans: readonly Span[]): string[] {
  const unanswered = new Set(unansweredCalls(spans));
  const calls = spans.filter(isAnsweredCall);
  const whole = new Set(calls.filter((call) => !unanswered.has(call)).map(pairOf));
  return [...new Set(calls.map(pairOf))].filter((pair) => !whole.has(pair)).sort();
}
