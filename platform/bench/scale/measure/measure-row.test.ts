import { describe, expect, it } from 'vitest';
import type { Outcome, ScaleRow } from '../suite.ts';
import { measureRow } from './measure-row.ts';

/** A row whose sides return given outcomes. */
function rowOf(
  ours: () => Outcome,
  floor: () => Outcome,
  more: Partial<ScaleRow<null>> = {},
): ScaleRow<null> {
  return {
    id: 'row',
    title: 'Row',
    floorTitle: 'floor',
    unit: 'ms',
    goals: [],
    prepare: async () => undefined,
    measure: async () => ours(),
    floor: async () => floor(),
    ...more,
  };
}

function measure(row: ScaleRow<null>, rounds = 2) {
  return measureRow({
    row,
    filled: null,
    size: 10,
    rounds,
    settled: undefined,
    signal: AbortSignal.timeout(10_000),
    quiet: async () => true,
  });
}

describe('measureRow', () => {
  it('compares the sides round by round', async () => {
    const result = await measure(
      rowOf(
        () => ({ value: 6, result: [1] }),
        () => ({ value: 3, result: [1] }),
      ),
    );
    expect(result).toMatchObject({ size: 10, rounds: 2, ratio: { median: 2, min: 2, max: 2 } });
  });

  it('fails when the sides return different results', async () => {
    const row = rowOf(
      () => ({ value: 6, result: ['a'] }),
      () => ({ value: 3, result: ['b'] }),
    );
    expect(await measure(row)).toEqual({
      size: 10,
      failure: 'ours and the floor returned different results: ["a"] and ["b"]',
    });
  });

  it('fails when the further comparison does', async () => {
    const verify = async () => {
      throw new Error('differs');
    };
    const row = rowOf(
      () => ({ value: 6 }),
      () => ({ value: 3 }),
      { verify },
    );
    expect(await measure(row)).toEqual({ size: 10, failure: 'differs' });
  });

  it('measures an operation that stops early only once', async () => {
    const row = rowOf(
      () => ({ value: 6, result: [], stopped: 'after page 1 of 2' }),
      () => ({ value: 3, result: [1] }),
    );
    expect(await measure(row, 5)).toMatchObject({ rounds: 1, ours: { stopped: 'after page 1 of 2' } });
  });

  it('throws when the run is stopped', async () => {
    const row = rowOf(
      () => ({ value: 1 }),
      () => ({ value: 1 }),
    );
    const stopped = measureRow({
      row,
      filled: null,
      size: 1,
      rounds: 1,
      settled: undefined,
      signal: AbortSignal.abort(new Error('stopped')),
    });
    await expect(stopped).rejects.toThrow('stopped');
  });
});
