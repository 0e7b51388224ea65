import { readFile } from 'node:fs/promises';

/** Linux counts CPU time in hundredths of a second on every architecture Node runs on (`USER_HZ`). */
const ticksPerSecond = 100;

/** CPU time a process with all its threads has used, seconds; undefined when it has ended. */
export async function cpuSeconds(pid: number): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  // The program's name may hold blanks and brackets; fields are counted from behind it.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

export interface CpuWatch {
  /** Part of one core used from the first to the last look, from 0 to the number of threads. */
  share(): number;
  stop(): void;
}

interface Sample {
  at: number;
  used: number;
}

/** Looks at a process every `intervalMs` until stopped: what it used is gone together with it. */
export function watchCpu(pid: number, intervalMs = 50): CpuWatch {
  let first: Sample | undefined;
  let last: Sample | undefined;
  const look = async () => {
    const used = await cpuSeconds(pid);
    if (used === undefined) return;
    last = { at: performance.now(), used };
    first ??= last;
  };
  void look();
  const timer = setInterval(() => void look(), intervalMs);
  return {
    share() {
      if (first === undefined || last === undefined || last.at === first.at) return 0;
      return (last.used - first.used) / ((last.at - first.at) / 1000);
    },
    stop: () => clearInterval(timer),
  };
}
