import { describe, expect, it } from 'vitest';
import { parsePrometheus } from './prometheus-text.ts';

describe('reading Prometheus text', () => {
  it('reads names, labels with escapes, special values and timestamps', () => {
    const { samples, broken } = parsePrometheus(
      '# HELP a_total x\n# TYPE a_total counter\na_total{b="c,\\"d\\"",e="f"} 3 1700000000000\nup 1\nq{le="+Inf"} +Inf\n',
    );
    expect(broken).toEqual([]);
    expect(samples).toEqual([
      { name: 'a_total', labels: { b: 'c,\\"d\\"', e: 'f' }, value: 3 },
      { name: 'up', labels: {}, value: 1 },
      { name: 'q', labels: { le: '+Inf' }, value: Number.POSITIVE_INFINITY },
    ]);
  });

  it.each(['<html>', 'a_total', 'a_total{b=c} 1', 'a_total nought', '{"metrics": 1}'])(
    'refuses %s',
    (text) => {
      expect(parsePrometheus(text).broken).toEqual([text]);
    },
  );
});
