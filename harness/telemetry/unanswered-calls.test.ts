import { expect, it } from 'vitest';
import type { Span } from './span.ts';
import { pairsWithoutTrace, unansweredCalls } from './unanswered-calls.ts';

const span = (spanId: string, changes: Partial<Span> = {}): Span => ({
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId,
  service: 'gateway',
  name: `span ${spanId}`,
  kind: 'server',
  startMs: 0,
  endMs: 1,
  failed: false,
  attributes: {},
  ...changes,
});
const call = (spanId: string, attributes: Span['attributes']) => span(spanId, { kind: 'client', attributes });
const answered = { 'peer.service': 'user-service', 'http.response.status_code': 200 };

it('finds an answered call without a span of the other service', () => {
  const spans = [
    call('a', answered),
    call('b', answered),
    span('c', { parentSpanId: 'b', service: 'user-service' }),
  ];
  expect(unansweredCalls(spans).map(({ spanId }) => spanId)).toEqual(['a']);
});

it('leaves out calls without a response, of others than services, and of stores', () => {
  const { 'http.response.status_code': _none, ...sent } = answered;
  const others = { 'peer.service': 'api.airtable.com', 'http.response.status_code': 200 };
  expect(unansweredCalls([call('a', sent), call('b', others), call('c', {}), span('d')])).toEqual([]);
});

it('names a pair of services when none of its calls is continued', () => {
  const continued = [call('a', answered), call('b', answered), span('c', { parentSpanId: 'b' })];
  expect(pairsWithoutTrace(continued)).toEqual([]);
  const lost = span('d', { ...call('d', answered), service: 'saga-service' });
  expect(pairsWithoutTrace([...continued, lost])).toEqual(['saga-service to user-service']);
});
