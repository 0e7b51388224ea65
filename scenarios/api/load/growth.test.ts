import { describe, expect, it } from 'vitest';
import { growthIn, isLevel, type Round, slowingMs } from './growth.ts';

const use = (keptBytes: number, majorCollections: number) => ({
  keptBytes,
  residentBytes: 0,
  majorCollections,
});
const round = (changes: Partial<Round> & { kept?: number; collections?: number }): Round => ({
  requests: changes.requests ?? 400,
  halvesP50Ms: changes.halvesP50Ms ?? [3, 3],
  memory: { before: use(0, 1), after: use((changes.kept ?? 0) * 400, 1 + (changes.collections ?? 0)) },
});

describe('growth from request to request', () => {
  it('is level when times and memory stay', () => {
    expect(isLevel([round({ kept: 5_000 })])).toBe(true);
    expect(growthIn('x', [round({})])).toEqual({ slowing: [], leaking: [] });
  });

  it('sees 0.1 ms per request, and no noise', () => {
    const slower = round({ halvesP50Ms: [13, 33] });
    expect(slowingMs(slower)).toBeCloseTo(0.1);
    expect(isLevel([slower])).toBe(false);
    expect(growthIn('x', [slower, slower]).slowing[0]).toMatch(/^x: each request takes 0\.100 ms longer/);
    expect(growthIn('x', [slower, round({ halvesP50Ms: [30, 30] })]).slowing).toEqual([]);
    expect(slowingMs(round({ halvesP50Ms: [3, 8] }))).toBe(0);
  });

  it('sees 20 KB per request', () => {
    const leak = round({ kept: 20_000 });
    expect(isLevel([leak])).toBe(false);
    expect(growthIn('x', [leak]).leaking[0]).toMatch(/^x: each request keeps 19\.5 KiB/);
  });

  it('does not take a collection of garbage for level memory', () => {
    expect(isLevel([round({ kept: -3_000, collections: 1 })])).toBe(false);
    expect(isLevel([round({ kept: -3_000, collections: 1 }), round({ kept: 100 })])).toBe(true);
  });

  it('reports a service that shows no memory', () => {
    const blind: Round = { requests: 400, halvesP50Ms: [3, 3] };
    expect(isLevel([blind])).toBe(false);
    expect(growthIn('x', [blind]).leaking).toEqual(['x: /metrics does not show its memory']);
  });
});
