import { readFile } from 'node:fs/promises';

/** The largest resident memory of a process since its start, MB (2^20 bytes). Linux only. */
export async function peakMemory(pid: number): Promise<number> {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kilobytes === undefined) throw new Error(`process ${pid} has no peak of memory`);
  return Number(kilobytes) / 1024;
}
