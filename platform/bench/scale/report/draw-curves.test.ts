import { expect, it, test } from 'vitest';
import { decades, drawCurves } from './draw-curves.ts';

test.each([
  [
    [1_000, 100_000],
    [1_000, 10_000, 100_000],
  ],
  [
    [3, 20],
    [1, 10, 100],
  ],
  [[5], [1, 10]],
  [[10], [10, 100]],
  [
    [0.02, 0.5],
    [0.01, 0.1, 1],
  ],
  [[], [1, 10]],
])('the axis of %j has the powers of ten %j', (values, expected) => {
  const axis = decades(values);
  expect(axis).toHaveLength(expected.length);
  for (const [index, value] of axis.entries()) expect(value).toBeCloseTo(expected[index] as number, 10);
});

const chart = {
  title: 'a < b & c',
  unit: 'ms',
  curves: [
    {
      side: 'ours' as const,
      points: [
        { size: 1_000, value: 1 },
        { size: 10_000, value: 10 },
        { size: 100_000, value: 100 },
      ],
    },
    { side: 'floor' as const, points: [{ size: 1_000, value: 1 }] },
  ],
};

it('draws proportional growth as a straight line from corner to corner', () => {
  expect(drawCurves('Times', [chart])).toContain('class="ours" d="M56.0 182.0L180.0 108.0L304.0 34.0"');
});

it('draws a single point without a line', () => {
  const text = drawCurves('Times', [chart]);
  expect(text.match(/<circle class="floor"/g)).toHaveLength(1);
  expect(text.match(/<path class="floor"/g)).toHaveLength(1);
});

it('escapes titles', () => {
  expect(drawCurves('Times', [chart])).toContain('a &lt; b &amp; c');
});

it('places four charts in two lines', () => {
  const text = drawCurves('Times', [chart, chart, chart, chart]);
  expect(text).toContain('translate(640 26)');
  expect(text).toContain('translate(0 236)');
});

it('leaves out figures of 0, which have no logarithm', () => {
  const points = [
    { size: 1_000, value: 0 },
    { size: 10_000, value: 5 },
  ];
  const text = drawCurves('Times', [{ ...chart, curves: [{ side: 'ours', points }] }]);
  expect(text).not.toMatch(/NaN|Infinity/);
  expect(text.match(/<circle/g)).toHaveLength(1);
});

it('has a title for readers who do not see it', () => {
  expect(drawCurves('Reads & writes', [chart])).toContain('<title>Reads &amp; writes</title>');
});
