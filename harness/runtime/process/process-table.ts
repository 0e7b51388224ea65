import { readdirSync, readFileSync } from 'node:fs';
import { isOver, readStat } from './proc-stat.mjs';

/** A process that cannot be mistaken for a later one under the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since the system's boot; empty where the system has no /proc. */
  readonly startTime: string;
}

/**
 * When a process started, in clock ticks since the system's boot. Empty where the system has no /proc, or the
 * process has gone.
 */
export function processStartTime(pid: number): string {
  return readStat(pid)?.startTime ?? '';
}

/** Whether that very process still runs. Where the system has no /proc: never, because it cannot be told. */
export function isRunning({ pid, startTime }: ProcessIdentity): boolean {
  const stat = readStat(pid);
  return stat !== undefined && stat.startTime === startTime && !isOver(stat);
}

/** Processor time a process has used so far in all its threads, milliseconds; 0 where it cannot be told. */
export function processorTimeMs(pid: number): number {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`);
    const nanoseconds = tasks.map((task) =>
      Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'latin1').split(' ')[0]),
    );
    return nanoseconds.reduce((sum, value) => sum + value, 0) / 1e6;
  } catch {
    return 0;
  }
}

/** All that the processes have started, directly or not, in whatever session; empty where there is no /proc. */
export function findDescendants(roots: readonly number[]): ProcessIdentity[] {
  const children = new Map<number, ProcessIdentity[]>();
  for (const name of listProc()) {
    const pid = Number(name);
    const stat = readStat(pid);
    if (!stat) continue;
    const siblings = children.get(stat.parent) ?? [];
    siblings.push({ pid, startTime: stat.startTime });
    children.set(stat.parent, siblings);
  }
  const below = (pid: number): ProcessIdentity[] =>
    (children.get(pid) ?? []).flatMap((child) => [child, ...below(child.pid)]);
  return roots.flatMap(below);
}

function listProc(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}
