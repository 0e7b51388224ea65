import { readdirSync, readFileSync } from 'node:fs';
import { hasEnded, readStat } from './proc-stat.mjs';

/** Identifies a process even if its number is reused later. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since the system's boot; empty without /proc. */
  readonly startTime: string;
}

/** Start time of a process, clock ticks since the system's boot; empty without /proc or when it has exited. */
export function processStartTime(pid: number): string {
  return readStat(pid)?.startTime ?? '';
}

/** Whether this process still runs; always false without /proc. */
export function isRunning({ pid, startTime }: ProcessIdentity): boolean {
  const stat = readStat(pid);
  return stat !== undefined && stat.startTime === startTime && !hasEnded(stat);
}

/** Processor time of a process in all its threads, milliseconds; 0 if unknown. */
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

/** All direct and indirect child processes, in any session; empty without /proc. */
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
