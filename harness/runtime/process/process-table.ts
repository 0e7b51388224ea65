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

/** A running process with its processor time. */
export interface RunningProcess extends ProcessIdentity {
  readonly parent: number;
  /** Processor time of the process itself, milliseconds. */
  readonly ownMs: number;
  /** The same of its children that have exited, and of theirs. */
  readonly exitedMs: number;
}

/** Linux reports processor time in hundredths of a second, whatever the kernel counts. */
const tickMs = 10;

/** Looks repeatedly at a process and everything below it. */
export class ProcessFamily {
  readonly #root: number;
  /** Processes of others. None of them can become one of the family. */
  #foreign = new Set<number>();

  constructor(root: number) {
    this.#root = root;
  }

  /** The process and all that are below it now; empty without /proc. */
  look(): RunningProcess[] {
    const listed = listProc().map(Number);
    const seen = new Map(listed.filter((pid) => !this.#foreign.has(pid)).flatMap(readProcess));
    const belongs = (pid: number): boolean => {
      for (let at: number | undefined = pid; at !== undefined; at = seen.get(at)?.parent)
        if (at === this.#root) return true;
      return false;
    };
    // An id may be given to another process later, so those that have ended are forgotten.
    this.#foreign = new Set(listed.filter((pid) => !belongs(pid)));
    return [...seen.values()].filter(({ pid }) => belongs(pid));
  }
}

function readProcess(pid: number): [number, RunningProcess][] {
  const stat = readStat(pid);
  if (!stat) return [];
  const { parent, startTime, ticks, childTicks } = stat;
  return [[pid, { pid, startTime, parent, ownMs: ticks * tickMs, exitedMs: childTicks * tickMs }]];
}

/** The words of a process's command line; empty without /proc or when it has exited. */
export function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  } catch {
    return [];
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
