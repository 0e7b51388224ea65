import type { ProcessTimes } from '../../evidence/timeline.ts';
import type { CheckResult, Result } from '../../judge/result.ts';
import { titleOf } from '../../judge/title-of.ts';
import { formatDuration } from './format-duration.ts';

/** Number of checks that are shown: those that took the longest. */
const shownChecks = 20;
/** Kinds of processes that used less are not shown, milliseconds. */
const minimumMs = 100;
/** Number of kinds of processes that are shown for a check. */
const shownProcesses = 3;

/** When the run was busy, and with what: what waits instead of working is found here. Null without a timeline. */
export function timelineView({ timeline, checks }: Pick<Result, 'timeline' | 'checks'>) {
  if (!timeline) return null;
  const { cores, phases, processor } = timeline;
  const endMs = Math.max(1, ...phases.map(({ toMs }) => toMs));
  /** Processor time between two moments, milliseconds; an interval counts by the part of it that is between them. */
  const busyBetween = (fromMs: number, toMs: number): number =>
    (processor?.busyMs ?? []).reduce((sum, busyMs, index) => {
      const [startMs, intervalMs] = [index * (processor?.intervalMs ?? 1), processor?.intervalMs ?? 1];
      const sharedMs = Math.min(toMs, startMs + intervalMs) - Math.max(fromMs, startMs);
      return sum + (Math.max(0, sharedMs) / intervalMs) * busyMs;
    }, 0);
  /** Share of the cores that was busy, in percent; empty where no process is seen. */
  const busyShare = (fromMs: number, toMs: number): string => {
    if (!processor || toMs <= fromMs) return '';
    const share = busyBetween(fromMs, toMs) / ((toMs - fromMs) * cores);
    return `${Math.min(100, Math.round(share * 100))} %`;
  };
  const place = (fromMs: number, toMs: number) => ({
    /** Thousandths of the width of the timeline. */
    x: Math.floor((fromMs * 1000) / endMs),
    width: Math.max(1, Math.ceil(((toMs - fromMs) * 1000) / endMs)),
  });
  return {
    cores: String(cores),
    total: formatDuration(endMs),
    phases: phases.map(({ name, fromMs, toMs }) => ({
      name,
      duration: formatDuration(toMs - fromMs),
      processor: processor ? formatDuration(busyBetween(fromMs, toMs)) : '',
      busy: busyShare(fromMs, toMs),
      ...place(fromMs, toMs),
    })),
    processes: (processor?.processes ?? [])
      .filter(({ processorMs }) => processorMs >= minimumMs)
      .map(({ name, processorMs }) => ({ name, processor: formatDuration(processorMs) })),
    checks: checks
      .flatMap((check) =>
        check.startedAfterMs === undefined ? [] : [{ check, fromMs: check.startedAfterMs }],
      )
      .sort((a, b) => b.check.durationMs - a.check.durationMs || compareIds(a.check, b.check))
      .slice(0, shownChecks)
      .map(({ check, fromMs }) => ({
        id: check.id,
        title: titleOf(check),
        startedAfter: formatDuration(fromMs),
        duration: formatDuration(check.durationMs),
        processor: check.processes ? formatDuration(totalOf(check.processes)) : '',
        /** Those that used the most for it. */
        processes: (check.processes ?? [])
          .slice(0, shownProcesses)
          .map(({ name, processorMs }) => `${name} ${formatDuration(processorMs)}`)
          .join(', '),
        busy: busyShare(fromMs, fromMs + check.durationMs),
        ...place(fromMs, fromMs + check.durationMs),
      })),
  };
}

const totalOf = (processes: ProcessTimes): number =>
  processes.reduce((sum, { processorMs }) => sum + processorMs, 0);

const compareIds = (a: CheckResult, b: CheckResult): number => (a.id < b.id ? -1 : 1);
