import { describe, expect, it } from 'vitest';
import { parsePrometheus } from './prometheus-text.ts';

const labelsOf = (text: string) => parsePrometheus(`a_total{b="${text}"} 1`).samples[0]?.labels;

describe('parsePrometheus', () => {
  it('reads names, labels, special values and timestamps', () => {
    const { samples, invalid } = parsePrometheus(
      '# HELP a_total x\n# TYPE a_total counter\na_total{b="c,\\"d\\"",e="f"} 3 1700000000000\nup 1\nq{le="+Inf"} +Inf\n',
    );
    expect(invalid).toEqual([]);
    expect(samples).toEqual([
      { name: 'a_total', labels: { b: 'c,"d"', e: 'f' }, value: 3 },
      { name: 'up', labels: {}, value: 1 },
      { name: 'q', labels: { le: '+Inf' }, value: Number.POSITIVE_INFINITY },
    ]);
  });

  it.each([
    ['a quote', 'c\\"d', 'c"d'],
    ['a backslash', 'c\\\\d', 'c\\d'],
    ['a line feed', 'c\\nd', 'c\nd'],
    ['a backslash before n', 'c\\\\nd', 'c\\nd'],
    ['a backslash at the end', 'c\\\\', 'c\\'],
  ])('unescapes %s in a label value', (_name, escaped, expected) => {
    expect(labelsOf(escaped)).toEqual({ b: expected });
  });

  it.each(['<html>', 'a_total', 'a_total{b=c} 1', 'a_total{b="\\t"} 1', 'a_total nought', '{"metrics": 1}'])(
    'rejects the line %s',
    (text) => {
      expect(parsePrometheus(text).invalid).toEqual([text]);
    },
  );
});
