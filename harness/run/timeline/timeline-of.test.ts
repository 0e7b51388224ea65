import { expect, it } from 'vitest';
import type { CheckDefinition } from '../../engine/check.ts';
import type { CheckFacts } from '../../evidence/facts.ts';
import { timelineOf } from './timeline-of.ts';

const definition = (id: string, isolation?: CheckDefinition['isolation']) =>
  ({ id, ...(isolation ? { isolation } : {}) }) as CheckDefinition;
const facts = (check: string): CheckFacts => ({
  check,
  durationMs: 1,
  observed: {},
  evidence: [],
  logs: [],
});

it('divides a run into its phases, and says when each check began', () => {
  const { timeline, checks } = timelineOf({
    watch: { startedAtMs: 100, cores: 2, processor: () => undefined, shareOf: () => [] },
    checksFromMs: 1_100,
    definitions: [
      definition('a.one'),
      definition('a.two'),
      definition('a.alone', 'exclusive'),
      definition('a.drill', 'drill'),
      definition('a.final', 'final-drill'),
    ],
    checks: ['a.one', 'a.two', 'a.skipped'].map(facts),
    spans: new Map([
      ['a.one', { fromMs: 1_200, toMs: 2_100 }],
      ['a.two', { fromMs: 1_100, toMs: 1_500 }],
      ['a.alone', { fromMs: 2_100, toMs: 2_600 }],
      ['a.drill', { fromMs: 2_600, toMs: 3_100 }],
      ['a.final', { fromMs: 3_100, toMs: 4_100 }],
    ]),
  });
  expect(timeline).toEqual({
    cores: 2,
    phases: [
      { name: 'boot', fromMs: 0, toMs: 1_000 },
      { name: 'shared checks', fromMs: 1_000, toMs: 2_000 },
      { name: 'exclusive checks', fromMs: 2_000, toMs: 2_500 },
      { name: 'drills', fromMs: 2_500, toMs: 4_000 },
    ],
  });
  expect(checks.map(({ startedAfterMs }) => startedAfterMs)).toEqual([1_100, 1_000, undefined]);
});
