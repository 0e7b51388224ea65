import { describe, expect, it } from 'vitest';
import { flowOrder, intendedStarts, type LoadPlan, rejectInvalidPlan, virtualUsers } from './load-plan.ts';

describe('a load plan', () => {
  it('spreads flows evenly by their weights', () => {
    expect(flowOrder([{ weight: 2 }, { weight: 1 }, { weight: 1 }])).toEqual([0, 1, 2, 0]);
    const order = flowOrder([{ weight: 6 }, { weight: 3 }, { weight: 1 }]);
    expect([0, 1, 2].map((flow) => order.filter((one) => one === flow).length)).toEqual([6, 3, 1]);
    expect(new Set(order.slice(0, 7))).toEqual(new Set([0, 1, 2]));
  });

  it('starts iterations at constant distances, stage after stage', () => {
    const starts = [
      ...intendedStarts([
        { rate: 2, duration: 1 },
        { rate: 4, duration: 0.5 },
      ]),
    ];
    expect(starts).toEqual([
      { atMs: 0, stage: 0 },
      { atMs: 500, stage: 0 },
      { atMs: 1000, stage: 1 },
      { atMs: 1250, stage: 1 },
    ]);
  });

  it('allocates virtual users for rate × iteration time, plus a half', () => {
    expect(virtualUsers(40, 500)).toEqual({ preAllocated: 30, max: 120 });
    expect(virtualUsers(1, 100)).toEqual({ preAllocated: 2, max: 8 });
  });

  const step = { service: 'gateway', method: 'GET', path: '/', expectedStatuses: [200] } as const;
  const valid: LoadPlan = {
    name: 'x',
    model: { stages: [{ rate: 1, duration: 1 }] },
    flows: [{ name: 'f', weight: 1, steps: [step] }],
  };
  it.each([
    ['no flows', { flows: [] }],
    ['a weight of zero', { flows: [{ name: 'f', weight: 0, steps: [step] }] }],
    ['a flow without steps', { flows: [{ name: 'f', weight: 1, steps: [] }] }],
    ['no stages', { model: { stages: [] } }],
    ['a rate of zero', { model: { stages: [{ rate: 0, duration: 1 }] } }],
    ['no iterations', { model: { iterations: 0, concurrency: 1 } }],
  ])('is invalid with %s', (_, changes) => {
    expect(() => rejectInvalidPlan(valid)).not.toThrow();
    expect(() => rejectInvalidPlan({ ...valid, ...changes })).toThrow(/^The load x is invalid/);
  });
});
