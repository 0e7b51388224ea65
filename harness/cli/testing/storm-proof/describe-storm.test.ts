import { describe, expect, it } from 'vitest';
import { describeStorm, deviationsOf, type StormOutcome } from './describe-storm.ts';

const good: StormOutcome = {
  starts: {
    confirmed: [{ kind: 'saga', key: 's', steps: 1, id: 'saga-id' }],
    unconfirmed: [],
    repeats: new Map([['503 not_ready', 2]]),
  },
  storm: {
    kills: new Map([['saga-service', 3]]),
    stores: new Map([
      ['redis', 5],
      ['postgres', 4],
    ]),
    notBack: [],
  },
  findings: { lost: [], notCompleted: [], doubled: [], missing: [], unexpected: [], withoutEnd: [] },
  ends: new Map([['saga completed', 1]]),
  effects: { expected: 1, counted: 1 },
  exited: [],
  durationMs: 12_340,
};

describe('the outcome of a storm', () => {
  it('has no deviation where every flow is completed and every effect is there once', () => {
    expect(deviationsOf(good)).toEqual([]);
  });

  it.each<[string, Partial<StormOutcome>]>([
    [
      'not started: run r: 500 internal',
      { starts: { ...good.starts, unconfirmed: ['run r: 500 internal'] } },
    ],
    ['lost: saga s', { findings: { ...good.findings, lost: ['saga s'] } }],
    ['not completed: saga s: failed', { findings: { ...good.findings, notCompleted: ['saga s: failed'] } }],
    ['doubled effect: s/1: 2 times', { findings: { ...good.findings, doubled: ['s/1: 2 times'] } }],
    ['missing effect: saga s: s/1', { findings: { ...good.findings, missing: ['saga s: s/1'] } }],
    ['unexpected effect: x', { findings: { ...good.findings, unexpected: ['x'] } }],
    ['run of the engine without end: e', { findings: { ...good.findings, withoutEnd: ['e'] } }],
    ['not back: saga-service: no', { storm: { ...good.storm, notBack: ['saga-service: no'] } }],
    ['exited by itself: gateway', { exited: ['gateway'] }],
    [
      'not stormed: redis was not restarted while flows ran; start more flows',
      {
        storm: {
          ...good.storm,
          stores: new Map([
            ['redis', 0],
            ['postgres', 4],
          ]),
        },
      },
    ],
    ['not stormed: no process was killed; start more flows', { storm: { ...good.storm, kills: new Map() } }],
  ])('names: %s', (deviation, changed) => {
    expect(deviationsOf({ ...good, ...changed })).toEqual([deviation]);
  });

  it('is printed as a table', () => {
    expect(describeStorm(good)).toContain('kills             3 (3 saga-service)');
    expect(describeStorm(good)).toContain('starts repeated   2 (2 503 not_ready)');
    expect(describeStorm(good)).toContain('duration          12.3 s');
  });
});
