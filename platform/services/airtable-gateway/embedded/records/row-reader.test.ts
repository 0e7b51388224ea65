import { describe, expect, it } from 'vitest';
import { nextSize } from './row-reader.ts';

const rowsOf = (count: number, length: number) =>
  Array.from({ length: count }, () => ({ cells: { fld: 'x'.repeat(length) } }));

describe('the size of the next batch', () => {
  it('doubles up to a maximum while rows are small', () => {
    expect(nextSize(200, rowsOf(200, 100))).toBe(400);
    expect(nextSize(1_600, rowsOf(1_600, 100))).toBe(1_600);
    expect(nextSize(200, [])).toBe(400);
  });

  it('keeps a batch of large rows within 8 million characters', () => {
    expect(nextSize(200, rowsOf(200, 100_000))).toBe(79);
    expect(nextSize(20, rowsOf(20, 250_000))).toBeLessThan(33);
  });
});
