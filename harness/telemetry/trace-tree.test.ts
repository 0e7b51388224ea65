import { describe, expect, it } from 'vitest';
import type { Span } from './span.ts';
import { buildTraceTree, drawTraceTree, visitsInOrder } from './trace-tree.ts';

let clock = 0;
const span = (spanId: string, parentSpanId: string | undefined, service = spanId): Span => ({
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
const is = (service: string) => (one: Span) => one.service === service;

describe('the tree of a trace', () => {
  it('is one tree, for any order of the spans', () => {
    const tree = buildTraceTree(
      [span('db', 'airtable'), span('gateway', 'harness'), span('airtable', 'gateway')],
      'harness',
    );
    expect(tree.roots).toHaveLength(1);
    expect(tree.orphans).toEqual([]);
    expect(visitsInOrder(tree, [is('gateway'), is('airtable'), is('db')])).toBe(true);
  });

  it('has two roots when a service behind the gateway starts a new trace', () => {
    const tree = buildTraceTree([span('gateway', 'harness'), span('airtable', undefined)], 'harness');
    expect(tree.roots).toHaveLength(2);
    expect(visitsInOrder(tree, [is('gateway'), is('airtable')])).toBe(false);
  });

  it('names spans whose parent is missing as orphans', () => {
    const tree = buildTraceTree([span('gateway', 'harness'), span('db', 'lost')], 'harness');
    expect(tree.orphans.map(({ spanId }) => spanId)).toEqual(['db']);
    expect(drawTraceTree(tree)).toContain('orphan of lost');
  });

  it('contains no path through siblings', () => {
    const tree = buildTraceTree([span('gateway', 'h'), span('a', 'gateway'), span('b', 'gateway')], 'h');
    expect(visitsInOrder(tree, [is('a'), is('b')])).toBe(false);
  });

  it('terminates on spans that are each other’s parents', () => {
    const tree = buildTraceTree([span('root', 'h'), span('x', 'y'), span('y', 'x')], 'h');
    expect(tree.roots).toHaveLength(1);
  });
});
