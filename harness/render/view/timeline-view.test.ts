import { expect, it } from 'vitest';
import type { Timeline } from '../../evidence/timeline.ts';
import { sampleResult } from '../testing/sample-result.ts';
import { timelineView } from './timeline-view.ts';

const timeline: Timeline = {
  cores: 2,
  phases: [
    { name: 'boot', fromMs: 0, toMs: 2_000 },
    { name: 'shared checks', fromMs: 2_000, toMs: 4_000 },
  ],
  processor: {
    intervalMs: 1_000,
    busyMs: [2_000, 1_000, 500, 500],
    processes: [
      { name: 'harness', processorMs: 3_950 },
      { name: 'redis', processorMs: 50 },
    ],
  },
};

function viewOf(more: Partial<Timeline> = {}) {
  const checks = sampleResult().checks.slice(0, 3);
  const timed = checks.map((check, index) => ({
    ...check,
    durationMs: 500 * (index + 1),
    ...(index === 0 ? {} : { startedAfterMs: 2_000 }),
  }));
  return timelineView({ timeline: { ...timeline, ...more }, checks: timed });
}

it('shows how busy the cores were in each phase', () => {
  expect(viewOf()?.phases).toEqual([
    { name: 'boot', duration: '2.0 s', processor: '3.0 s', busy: '75 %', x: 0, width: 500 },
    { name: 'shared checks', duration: '2.0 s', processor: '1.0 s', busy: '25 %', x: 500, width: 500 },
  ]);
});

it('shows the checks that ran, the longest first, with the load of the cores meanwhile', () => {
  const shown = viewOf()?.checks.map(({ duration, startedAfter, busy }) => [duration, startedAfter, busy]);
  expect(shown).toEqual([
    ['1.5 s', '2.0 s', '25 %'],
    ['1.0 s', '2.0 s', '25 %'],
  ]);
});

it('shows the processor time of a check, and the three processes that used the most of it', () => {
  const processes = ['gateway', 'harness', 'postgres', 'redis'].map((name) => ({ name, processorMs: 500 }));
  const checks = sampleResult().checks.slice(0, 1);
  const timed = checks.map((check) => ({ ...check, startedAfterMs: 2_000, processes }));
  expect(timelineView({ timeline, checks: timed })?.checks[0]).toMatchObject({
    processor: '2.0 s',
    processes: 'gateway 500 ms, harness 500 ms, postgres 500 ms',
  });
});

it('leaves out processes that used next to nothing', () => {
  expect(viewOf()?.processes).toEqual([{ name: 'harness', processor: '3.9 s' }]);
});

it('shows no load where no process is seen', () => {
  const { processor: _unseen, ...without } = timeline;
  const view = timelineView({ timeline: without, checks: [] });
  expect(view?.phases.map(({ busy, processor }) => busy + processor)).toEqual(['', '']);
  expect(view?.processes).toEqual([]);
});

it('is nothing for a result without a timeline', () => {
  expect(timelineView({ checks: [] })).toBe(null);
});
