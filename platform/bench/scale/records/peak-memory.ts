import { readFile, writeFile } from 'node:fs/promises';

/** Sets the peak of a process to its present memory; see proc(5). */
const resetPeak = '5';

/** The largest resident memory of a process during an operation, MB (2^20 bytes). Linux only. */
export async function peakMemory(pid: number, operation: () => Promise<unknown>): Promise<number> {
  await writeFile(`/proc/${pid}/clear_refs`, resetPeak);
  await operation();
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kilobytes === undefined) throw new Error(`process ${pid} has no peak of memory`);
  return Number(kilobytes) / 1024;
}
