import { describe, expect, it } from 'vitest';
import { generatorDoubts, inTurn } from './rounds.ts';
import type { Load } from './wrk.ts';

const load = (generatorShare: number, subjectShare: number): Load =>
  ({ generatorShare, subjectShare }) as Load;

describe('generatorDoubts', () => {
  it('has no doubts when the measured process was the limit', () => {
    const series = { ours: [load(0.2, 0.98)], peer: [load(0.2, 0.97)], disturbances: [] };
    expect(generatorDoubts(series)).toEqual([]);
  });

  it('names the side whose generator was the limit and the side whose process was not', () => {
    const doubts = generatorDoubts({ ours: [load(0.9, 0.98)], peer: [load(0.2, 0.5)] });
    expect(doubts).toEqual([
      expect.stringMatching(/^ours: the generator/),
      expect.stringMatching(/^peer: .* 50 %/),
    ]);
  });
});

describe('inTurn', () => {
  it('alternates the order between rounds', async () => {
    const order: string[] = [];
    const note = (name: string) => async () => order.push(name);
    await inTurn({
      rounds: 2,
      signal: AbortSignal.timeout(60_000),
      quiet: async () => true,
      ours: note('ours'),
      peer: note('peer'),
    });
    expect(order.slice(-4)).toEqual(['ours', 'peer', 'peer', 'ours']);
  });
});
