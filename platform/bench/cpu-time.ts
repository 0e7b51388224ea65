import { readFile } from 'node:fs/promises';

/** Linux counts CPU time in hundredths of a second on every architecture Node runs on (`USER_HZ`). */
const ticksPerSecond = 100;

/** CPU time of a process with all its threads, seconds; undefined if it has ended. */
export async function cpuSeconds(pid: number): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  // The program's name can contain spaces and brackets, so fields are counted from its end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

export interface CpuWatch {
  /** CPU time as a share of one core between the first and the last sample, from 0 to the number of threads. */
  share(): number;
  stop(): void;
}

interface Sample {
  at: number;
  used: number;
}

/** Samples a process every `intervalMs` until stopped: its CPU time cannot be read after it has ended. */
export function watchCpu(pid: number, intervalMs = 50): CpuWatch {
  let first: Sample | undefined;
  let last: Sample | undefined;
  const sample = async () => {
    const used = await cpuSeconds(pid);
    if (used === undefined) return;
    last = { at: performance.now(), used };
    first ??= last;
  };
  void sample();
  const timer = setInterval(() => void sample(), intervalMs);
  return {
    share() {
      if (first === undefined || last === undefined || last.at === first.at) return 0;
      return (last.used - first.used) / ((last.at - first.at) / 1000);
    },
    stop: () => clearInterval(timer),
  };
}
