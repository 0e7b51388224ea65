import { expect, test } from 'vitest';
import type { CheckResult, Result } from '../../harness/judge/result.ts';
import { sampleChecks } from '../../harness/render/testing/sample-checks.ts';
import { sampleResult } from '../../harness/render/testing/sample-result.ts';
import { compareOutcomes } from './compare-outcomes.ts';
import { outcomeTable } from './outcome-table.ts';

const [sample] = sampleChecks() as [CheckResult];

function check(id: string, outcome: CheckResult['outcome'], more: Partial<CheckResult> = {}): CheckResult {
  const { shortfall: _, blockedBy: __, ...rest } = sample;
  return { ...rest, id, outcome, ...more };
}

const lacking = (capability: string): Partial<CheckResult> => ({
  shortfall: { kind: 'missing-capability', message: `Needs ${capability}, which is not available.` },
});

function run(runtime: string, checks: CheckResult[], missing: readonly string[] = []): Result {
  return sampleResult({
    runtime,
    checks,
    capabilities: missing.map((name) => ({
      name,
      available: false,
      detail: 'not available in this runtime',
    })),
  });
}

const comparisons = (...results: Result[]) =>
  Object.fromEntries(compareOutcomes(results).map(({ id, comparison }) => [id, comparison]));

test('equal outcomes are the same, also when they are failures', () => {
  const checks = [check('a.one', 'pass'), check('a.two', 'fail')];
  expect(comparisons(run('process', checks), run('testcontainers', checks))).toEqual({
    'a.one': 'same',
    'a.two': 'same',
  });
});

test('a capability that a runtime declares as missing explains an unmeasured check and what it blocks', () => {
  const compared = compareOutcomes([
    run('process', [check('a.one', 'pass'), check('a.two', 'pass')]),
    run(
      'external',
      [
        check('a.one', 'unmeasured', lacking('process-exits')),
        check('a.two', 'blocked', { blockedBy: 'a.one' }),
      ],
      ['process-exits'],
    ),
  ]);
  expect(compared).toEqual([
    { id: 'a.one', outcomes: ['pass', 'unmeasured: process-exits'], comparison: 'declared' },
    { id: 'a.two', outcomes: ['pass', 'blocked: process-exits'], comparison: 'declared' },
  ]);
});

test('measured outcomes that differ stay a difference beside a run without the capability', () => {
  expect(
    comparisons(
      run('process', [check('a.one', 'pass')]),
      run('testcontainers', [check('a.one', 'fail')]),
      run('external', [check('a.one', 'unmeasured', lacking('logs'))], ['logs']),
    ),
  ).toEqual({ 'a.one': 'difference' });
});

test.each([
  ['a capability that the run declares as available', lacking('logs'), []],
  ['a tool of the machine', lacking('k6'), ['k6']],
  [
    'an interruption',
    { shortfall: { kind: 'interrupted', message: 'Interrupted by SIGINT.' } } as const,
    ['logs'],
  ],
])('%s explains no difference', (_, more, missing) => {
  expect(
    comparisons(
      run('process', [check('a.one', 'pass')]),
      run('testcontainers', [check('a.one', 'unmeasured', more)], missing),
    ),
  ).toEqual({ 'a.one': 'difference' });
});

test('a check that one run did not plan is a difference', () => {
  expect(comparisons(run('process', [check('a.one', 'pass')]), run('testcontainers', []))).toEqual({
    'a.one': 'difference',
  });
});

test('the table shows the figures of each run and only checks that need attention', () => {
  const results = [
    run('process', [check('a.one', 'pass'), check('a.two', 'pass')]),
    run('testcontainers', [check('a.one', 'pass'), check('a.two', 'fail')]),
  ];
  const compared = compareOutcomes(results);
  const table = outcomeTable(results, compared, { all: false });
  expect(table).toMatch(/\| pass +\| 2 +\| 1 +\|/);
  expect(table).toMatch(/\| ≠ a\.two +\| pass +\| fail +\|/);
  expect(table).not.toContain('a.one');
  expect(table).toContain('1 of 2 checks have different outcomes (≠)');
  expect(outcomeTable(results, compared, { all: true })).toMatch(/\| a\.one +\| pass +\| pass +\|/);
});
