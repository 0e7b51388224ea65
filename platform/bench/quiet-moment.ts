import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

/** Duration of a sample, milliseconds. */
const sampleMs = 300;
/** Maximum share of all cores that other programs may use. */
const quietShare = 0.15;

async function cpuTimes(): Promise<{ idle: number; total: number }> {
  const first = (await readFile('/proc/stat', 'utf8')).split('\n', 1)[0] ?? '';
  const times = first.split(/\s+/).slice(1).map(Number);
  return { idle: (times[3] ?? 0) + (times[4] ?? 0), total: times.reduce((sum, time) => sum + time, 0) };
}

/** Share of all cores in use, from 0 to 1. */
async function busyShare(signal: AbortSignal): Promise<number> {
  const before = await cpuTimes();
  await pause(sampleMs, undefined, { signal });
  const after = await cpuTimes();
  return 1 - (after.idle - before.idle) / Math.max(1, after.total - before.total);
}

/**
 * Waits until other programs are idle.
 * @returns false if they are still busy after `limitMs`
 */
export async function quietMoment(limitMs: number, signal: AbortSignal): Promise<boolean> {
  const end = performance.now() + limitMs;
  while ((await busyShare(signal)) > quietShare) if (performance.now() > end) return false;
  return true;
}
