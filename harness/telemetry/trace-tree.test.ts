import { describe, expect, it } from 'vitest';
import type { SeenSpan } from './span.ts';
import { buildTraceTree, drawTraceTree, visitsInOrder } from './trace-tree.ts';

let clock = 0;
const span = (spanId: string, parentSpanId: string | undefined, service = spanId): SeenSpan => ({
  traceId: 't',
  spanId,
  ...(parentSpanId ? { parentSpanId } : {}),
  service,
  name: `work of ${service}`,
  kind: 'server',
  startMs: clock++,
  endMs: clock + 1,
  failed: false,
  attributes: {},
});
const is = (service: string) => (one: SeenSpan) => one.service === service;

describe('putting a trace together', () => {
  it('makes one tree of spans that arrived in any order', () => {
    const tree = buildTraceTree(
      [span('db', 'airtable'), span('gateway', 'harness'), span('airtable', 'gateway')],
      'harness',
    );
    expect(tree.roots).toHaveLength(1);
    expect(tree.orphans).toEqual([]);
    expect(visitsInOrder(tree, [is('gateway'), is('airtable'), is('db')])).toBe(true);
  });

  it('sees a trace that was started anew behind the gateway as two trees', () => {
    const tree = buildTraceTree([span('gateway', 'harness'), span('airtable', undefined)], 'harness');
    expect(tree.roots).toHaveLength(2);
    expect(visitsInOrder(tree, [is('gateway'), is('airtable')])).toBe(false);
  });

  it('names spans whose parent never arrived', () => {
    const tree = buildTraceTree([span('gateway', 'harness'), span('db', 'lost')], 'harness');
    expect(tree.orphans.map(({ spanId }) => spanId)).toEqual(['db']);
    expect(drawTraceTree(tree)).toContain('orphan of lost');
  });

  it('does not take siblings for a way down', () => {
    const tree = buildTraceTree([span('gateway', 'h'), span('a', 'gateway'), span('b', 'gateway')], 'h');
    expect(visitsInOrder(tree, [is('a'), is('b')])).toBe(false);
  });

  it('ends on spans that claim to be each other’s parents', () => {
    const tree = buildTraceTree([span('root', 'h'), span('x', 'y'), span('y', 'x')], 'h');
    expect(tree.roots).toHaveLength(1);
  });
});
