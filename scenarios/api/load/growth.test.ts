import { describe, expect, it } from 'vitest';
import { growthIn, isLevel, type Round, requestsOf, slowingMs } from './growth.ts';

/** A round of 400 requests with a collection of young objects after the first look. */
const round = ({ kept = 0, ...changes }: Partial<Round> & { kept?: number }): Round => ({
  requests: 400,
  halvesP50Ms: [3, 3],
  saturated: false,
  memory: [0, 10, 400].map((requests) => ({
    requests,
    oldBytes: requests * kept,
    youngBytes: requests === 0 ? 1 : 0,
    externalBytes: 0,
    majorCollections: 1,
    completedRequests: requests,
  })),
  ...changes,
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

  it('sees 20 KB per request, in one round and over several', () => {
    const leak = round({ kept: 20_000 });
    expect(isLevel([leak])).toBe(false);
    expect(growthIn('x', [leak]).leaking[0]).toMatch(/^x: each request keeps 19\.5 KiB, over 400 requests/);
  });

  it('reports a service that shows no memory', () => {
    const blind = round({ memory: [] });
    expect(isLevel([blind])).toBe(false);
    expect(growthIn('x', [blind]).leaking).toEqual([
      'x: /metrics does not show its memory over 400 requests',
    ]);
  });

  it('takes the times of one name from its own halves, and those of several from the whole load', () => {
    const step = (name: string) => ({ name, total: 10, partsP50Ms: [1, 2] }) as never;
    const load = { steps: [step('a'), step('b')], parts: [{ p50Ms: 5 }, { p50Ms: 6 }] as never };
    const figures = { ...load, generator: { saturated: 'it was late' } as never };
    expect(requestsOf(figures, ['a'])).toEqual({ requests: 10, halvesP50Ms: [1, 2], saturated: true });
    expect(requestsOf(figures, ['a', 'b'])).toEqual({ requests: 20, halvesP50Ms: [5, 6], saturated: true });
  });
});
