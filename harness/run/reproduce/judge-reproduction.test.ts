import { describe, expect, it } from 'vitest';
import type { Fault } from '../../faults/fault.ts';
import type { CheckResult, Result } from '../../judge/result.ts';
import { sampleResult } from '../../render/testing/sample-result.ts';
import { judgeReproduction, type ReproductionState } from './judge-reproduction.ts';

const [sample] = sampleResult().checks as [CheckResult, ...CheckResult[]];
const [sampleBlocker] = sampleResult().blockers as [Result['blockers'][number]];

const fault: Fault = {
  id: 'store.gone',
  title: 'The store is gone',
  layer: 'store',
  blockers: [],
  recorded: 'nothing works',
  cause: 'It is gone.',
  fix: 'Bring it back.',
  defaultService: 'gateway',
  symptom: /gone for ever/,
  in: () => ({
    changes: [{ kind: 'signal', node: 'redis', signal: 'SIGKILL' }],
    bite: { kind: 'exit', node: 'redis' },
    red: ['a.red'],
    green: ['a.green'],
  }),
};

const check = (id: string, change: Partial<CheckResult>): CheckResult => {
  const { shortfall: _shortfall, cause: _cause, blockedBy: _blockedBy, ...plain } = sample;
  return { ...plain, id, ...change };
};
const failing = check('a.red', { outcome: 'fail', cause: 'product' });
const passing = check('a.green', { outcome: 'pass' });
const blocker = { ...sampleBlocker, root: 'a.red', cause: 'It is gone for ever.', logs: [] };
const bit = { bit: true, seen: 'redis was ended by SIGKILL' };
const asDeclared = { checks: [failing, passing], blockers: [blocker], boot: [], harnessErrors: [] };

it.each<[string, ReproductionState, Partial<Result>, typeof bit | undefined]>([
  ['is as declared', 'caught', {}, bit],
  ['has no probe, because the platform did not boot', 'harness-failure', {}, undefined],
  ['did not take hold', 'no-bite', {}, { bit: false, seen: 'redis runs' }],
  ['met an error of the harness', 'harness-failure', { harnessErrors: ['disk full'] }, bit],
  ['leaves the check green', 'missed', { checks: [check('a.red', { outcome: 'pass' }), passing] }, bit],
  ['was not checked at all', 'missed', { checks: [passing] }, bit],
  [
    'could not be measured',
    'unproven',
    {
      checks: [
        check('a.red', {
          outcome: 'unmeasured',
          shortfall: { kind: 'missing-capability', message: 'no k6' },
        }),
        passing,
      ],
    },
    bit,
  ],
  ['is blamed on something else', 'other-cause', { blockers: [{ ...blocker, root: 'another' }] }, bit],
  ['is no blocker', 'other-cause', { blockers: [] }, bit],
  [
    'breaks what it does not concern',
    'collateral',
    { checks: [failing, check('a.green', { outcome: 'fail', cause: 'product' })] },
    bit,
  ],
  [
    'leaves unknown what it does not concern',
    'collateral',
    { checks: [failing, check('a.green', { outcome: 'error', cause: 'harness' })] },
    bit,
  ],
  ['shows nothing of its symptom', 'no-symptom', { blockers: [{ ...blocker, cause: 'other' }] }, bit],
])('a fault that %s: %s', (_what, state, change, bite) => {
  const result = sampleResult({ ...asDeclared, ...change });
  const bites = bite === undefined ? [] : [bite];
  expect(judgeReproduction([{ fault, service: 'gateway' }], { bites, result }).state).toBe(state);
});

it('says where the symptom was seen', () => {
  const { symptoms } = judgeReproduction([{ fault, service: 'gateway' }], {
    bites: [bit],
    result: sampleResult(asDeclared),
  });
  expect(symptoms).toEqual([{ where: 'a.red', text: 'It is gone for ever.' }]);
});

describe('two faults at once', () => {
  const other: Fault = {
    ...fault,
    id: 'page.gone',
    symptom: /no page/,
    in: () => ({
      changes: [{ kind: 'signal', node: 'redis', signal: 'SIGKILL' }],
      bite: { kind: 'exit', node: 'redis' },
      red: ['b.red'],
      // The first fault turns it red, so it proves nothing about both.
      green: ['a.red', 'a.green'],
    }),
  };
  const injections = [fault, other].map((one) => ({ fault: one, service: 'gateway' as const }));
  const bothRed = [failing, check('b.red', { outcome: 'fail', cause: 'product' }), passing];
  const otherBlocker = { ...blocker, root: 'b.red', cause: 'There is no page.' };

  it.each<[string, ReproductionState, Partial<Result>, number]>([
    ['are caught when both are named first', 'caught', { blockers: [blocker, otherBlocker] }, 2],
    ['are caught in any order', 'caught', { blockers: [otherBlocker, blocker] }, 2],
    ['are not when one is named only', 'other-cause', { blockers: [blocker] }, 2],
    [
      'are not when something else comes between',
      'other-cause',
      { blockers: [blocker, { ...blocker, root: 'c' }, otherBlocker] },
      2,
    ],
    ['are not when one did not take hold', 'harness-failure', { blockers: [blocker, otherBlocker] }, 1],
  ])('%s', (_what, state, change, bitten) => {
    const result = sampleResult({ ...asDeclared, checks: bothRed, ...change });
    const bites = [bit, bit].slice(0, bitten);
    expect(judgeReproduction(injections, { bites, result }).state).toBe(state);
  });
});
