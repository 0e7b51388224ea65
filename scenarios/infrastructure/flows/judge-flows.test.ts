import { describe, expect, it } from 'vitest';
import type { StartedFlow } from './flow.ts';
import { type FlowFindings, type FlowsSeen, judgeFlows } from './judge-flows.ts';

const flows: StartedFlow[] = [
  { kind: 'saga', key: 's', steps: 2, id: 'saga-id' },
  { kind: 'run', key: 'r', steps: 1, id: 'run-id' },
];
const complete: FlowsSeen = {
  states: new Map([
    ['saga-id', 'completed'],
    ['run-id', 'completed'],
    ['other', 'running'],
  ]),
  effects: new Map([
    ['s/1', 1],
    ['s/2', 1],
    ['r/1', 1],
  ]),
  engineRuns: [],
};

describe('the judgement of flows', () => {
  it('finds nothing where all are completed and each effect happened once', () => {
    expect(Object.values(judgeFlows(flows, complete)).flat()).toEqual([]);
  });

  const states = (id: string, status: string | undefined) => {
    const changed = new Map(complete.states);
    if (status === undefined) changed.delete(id);
    else changed.set(id, status);
    return { states: changed };
  };
  const effects = (marker: string, count: number) => ({
    effects: new Map([...complete.effects, [marker, count]]),
  });

  it.each<[string, Partial<FlowsSeen>, Partial<FlowFindings>]>([
    ['a lost run', states('run-id', undefined), { lost: ['run run-id'] }],
    ['an unended saga', states('saga-id', 'running'), { notCompleted: ['saga saga-id: running'] }],
    ['a failed run', states('run-id', 'failed'), { notCompleted: ['run run-id: failed'] }],
    ['a doubled effect', effects('s/2', 2), { doubled: ['s/2: 2 times'] }],
    ['a missing effect', effects('s/2', 0), { missing: ['saga saga-id: s/2'] }],
    ['an effect of an unknown start', effects('x/1', 1), { unexpected: ['x/1'] }],
    [
      'records that a compensation has left',
      states('saga-id', 'compensated'),
      {
        notCompleted: ['saga saga-id: compensated'],
        unexpected: ['saga saga-id: s/1', 'saga saga-id: s/2'],
      },
    ],
    ['a run of the engine without end', { engineRuns: ['e'] }, { withoutEnd: ['e'] }],
  ])('names %s', (_name, changed, expected) => {
    const nothing = { lost: [], notCompleted: [], doubled: [], missing: [], unexpected: [], withoutEnd: [] };
    expect(judgeFlows(flows, { ...complete, ...changed })).toEqual({ ...nothing, ...expected });
  });
});
