import { expect, it } from 'vitest';
import type { CheckFacts } from '../../evidence/facts.ts';
import { recordExits } from './exited-nodes.ts';

const facts = (check: string): CheckFacts => ({
  check,
  durationMs: 1,
  observed: {},
  evidence: [],
  logs: [],
});
const stack = {
  exited: () => [{ node: 'gateway', reason: 'was ended by SIGKILL', atMs: 15_000 }],
  logs: () => [{ service: 'gateway', stream: 'stderr' as const, text: 'last words' }],
};

it('records an exit with its time and log, and names it in checks that ended near it or later', () => {
  const { exits, checks } = recordExits({
    stack,
    startedAtMs: 10_000,
    checks: ['before', 'during', 'after', 'never-ran'].map(facts),
    endedAtMs: new Map([
      ['before', 13_000],
      ['during', 14_900],
      ['after', 16_000],
    ]),
  });
  expect(exits).toEqual([
    { node: 'gateway', reason: 'was ended by SIGKILL', afterMs: 5_000, logs: stack.logs() },
  ]);
  expect(checks.map(({ check, exited }) => [check, exited])).toEqual([
    ['before', undefined],
    ['during', ['gateway']],
    ['after', ['gateway']],
    ['never-ran', undefined],
  ]);
});

it('names an outage only in checks that ran during it, and counts outages of one node together', () => {
  const outage = (atMs: number, untilMs: number) => ({
    node: 'gateway',
    reason: 'did not respond',
    outage: true as const,
    atMs,
    untilMs,
  });
  const { exits, checks } = recordExits({
    stack: { exited: () => [outage(12_000, 14_000), outage(30_000, 32_000)], logs: () => [] },
    startedAtMs: 10_000,
    checks: ['before', 'during', 'after'].map(facts),
    endedAtMs: new Map([
      ['before', 10_500],
      ['during', 13_000],
      ['after', 16_000],
    ]),
  });
  expect(exits).toEqual([
    {
      node: 'gateway',
      reason: 'did not respond, and 1 more times',
      outage: true,
      afterMs: 2_000,
      logs: [],
    },
  ]);
  expect(checks.map(({ exited }) => exited)).toEqual([undefined, ['gateway'], undefined]);
});
