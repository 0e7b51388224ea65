import { expect, it } from 'vitest';
import type { FaultResult } from './fault-result.ts';
import { describeSensitivity, isSensitive, sensitivityOf } from './sensitivity.ts';

const result = (fault: string | undefined, change: Partial<FaultResult> = {}): FaultResult => ({
  ...(fault === undefined ? {} : { fault }),
  state: fault === undefined ? 'green' : 'caught',
  seen: '',
  bite: '',
  declared: [],
  outcomes: {},
  tookMs: 1,
  ...change,
});
const of = (results: readonly FaultResult[], faults: readonly string[]) =>
  sensitivityOf({
    at: new Date(0),
    sources: 'abc',
    faults,
    results,
    checks: ['c', 'a', 'b'],
    breaks: [{ check: 'b', defect: 'It is broken.' }],
    durationMs: 61_000,
  });

it('counts what was caught, of what this machine could prove', () => {
  const sensitivity = of(
    [result('x'), result('y', { state: 'missed' }), result('z', { state: 'unproven' }), result(undefined)],
    ['x', 'y', 'z', 'w'],
  );
  expect(sensitivity).toMatchObject({ caught: 1, proved: 2, notRun: ['w'] });
  expect(sensitivity.results.map(({ fault }) => fault)).toEqual([undefined, 'x', 'y', 'z']);
  expect(describeSensitivity(sensitivity)).toBe(
    'The gate catches 50 % of 2 faults, 1 cannot be proven here, 1 not run, 61 s. Of 3 checks that can forbid GO, faults turned 0 red, their own breaks 1, and nothing yet 2',
  );
});

it('says what turned each check red, and does not count what is red without a fault', () => {
  const { checks } = of(
    [result(undefined, { outcomes: { c: 'fail' } }), result('x', { outcomes: { a: 'fail', b: 'pass' } })],
    ['x'],
  );
  expect(checks).toEqual([
    { id: 'a', by: 'fault', what: ['x'] },
    { id: 'b', by: 'break', what: ['It is broken.'] },
    { id: 'c', by: 'nothing', what: [] },
  ]);
});

it.each<[FaultResult['state'], boolean]>([
  ['caught', true],
  ['green', true],
  ['unproven', true],
  ['missed', false],
  ['other-cause', false],
  ['collateral', false],
  ['no-symptom', false],
  ['no-bite', false],
  ['not-healed', false],
  ['red-without-fault', false],
  ['harness-failure', false],
])('is good after %s: %s', (state, good) => {
  expect(isSensitive(of([result('x', { state })], ['x']))).toBe(good);
});

it('catches nothing when nothing was proved', () => {
  expect(describeSensitivity(of([], []))).toMatch(/^The gate catches 0 % of 0 faults, 61 s\./);
});
