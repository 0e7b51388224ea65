import { expect, it } from 'vitest';
import type { RunningProcess } from '../../runtime/process/process-table.ts';
import { ProcessorTimes } from './processor-times.ts';

const running = (pid: number, parent: number, ownMs: number, exitedMs = 0): RunningProcess => ({
  pid,
  parent,
  startTime: String(pid),
  ownMs,
  exitedMs,
});
const labelOf = (pid: number) => (pid === 3 ? 'gateway' : 'browser tests');

it('counts everything below the harness, and nothing else', () => {
  const times = new ProcessorTimes(2);
  const all = [
    running(1, 0, 9_000),
    running(2, 1, 500),
    running(3, 2, 300),
    running(4, 2, 100),
    running(5, 4, 700, 50),
  ];
  expect(times.add(all, labelOf)).toBe(1_650);
  expect(times.byLabel()).toEqual([
    { name: 'browser tests', processorMs: 850 },
    { name: 'harness', processorMs: 500 },
    { name: 'gateway', processorMs: 300 },
  ]);
});

it('keeps the time of a process that has exited', () => {
  const times = new ProcessorTimes(2);
  times.add([running(2, 1, 500), running(3, 2, 300)], labelOf);
  expect(times.add([running(2, 1, 600, 340)], labelOf)).toBe(940);
  expect(times.byLabel()).toEqual([
    { name: 'harness', processorMs: 600 },
    { name: 'gateway', processorMs: 300 },
    { name: 'other programs', processorMs: 40 },
  ]);
});

it('adds a restarted node to the same name', () => {
  const times = new ProcessorTimes(2);
  times.add([running(2, 1, 0), running(3, 2, 300)], () => 'gateway');
  times.add([running(2, 1, 0, 300), running(9, 2, 200)], () => 'gateway');
  expect(times.byLabel()[0]).toEqual({ name: 'gateway', processorMs: 500 });
});

it('knows nothing without processes', () => {
  expect(new ProcessorTimes(2).add([], labelOf)).toBe(0);
});
