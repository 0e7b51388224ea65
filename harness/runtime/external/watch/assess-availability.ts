import type { AvailabilityProbe } from './availability-probe.ts';

/** Time between the starts of two probes of a service, milliseconds. */
export const intervalMs = 2_000;
/** Fewer probes, or probes over a shorter time, prove nothing. */
export const minProbes = 15;
export const minSpanMs = (minProbes - 1) * intervalMs;
/** Two probes further apart than this leave a gap in which nobody looked, milliseconds. */
const gapMs = 10_000;
/** Maximum share of the time that gaps may have. */
const maxGapShare = 0.1;
/** Start times of one process differ by the time between its two clocks, milliseconds. */
const sameProcessMs = 1_500;
/** Number of probes per process after which one that is not seen any more counts as ended. */
const probesPerProcess = 5;

/** A time in which a service did not respond as it must. */
export interface Outage {
  fromMs: number;
  /** When it responded rightly again; absent if it never did. */
  untilMs?: number;
  /** Number of failed probes. */
  probes: number;
  /** What the first failed probe saw. */
  seen: string;
}

/** What all probes of one service show. Times are `performance.now()` of the harness or durations, milliseconds. */
export interface Availability {
  probes: number;
  available: number;
  failed: number;
  unknown: number;
  spanMs: number;
  longestGapMs: number;
  slowestMs: number;
  outages: Outage[];
  /** The service's process was replaced by another one during the watch; absent where none was. */
  restart?: { atMs: number };
  /** Why the probes prove no availability, although none failed. */
  insufficient?: string;
}

/** @param probes of one service, oldest first */
export function assessAvailability(probes: readonly AvailabilityProbe[]): Availability {
  const measured = probes.filter(({ state }) => state !== 'unknown');
  const [first, last] = [measured[0], measured.at(-1)];
  const spanMs = first && last ? last.atMs - first.atMs : 0;
  const gaps = measured.slice(1).map(({ atMs }, index) => atMs - (measured[index]?.atMs ?? atMs));
  const unseenMs = gaps.filter((gap) => gap > gapMs).reduce((sum, gap) => sum + gap, 0);
  const count = (state: AvailabilityProbe['state']): number =>
    probes.filter((probe) => probe.state === state).length;
  const atMs = replacedAt(measured);
  const availability: Availability = {
    probes: probes.length,
    available: count('available'),
    failed: count('failed'),
    unknown: count('unknown'),
    spanMs,
    longestGapMs: Math.max(0, ...gaps),
    slowestMs: Math.max(0, ...measured.map(({ durationMs }) => durationMs)),
    outages: outagesIn(measured),
    ...(atMs === undefined ? {} : { restart: { atMs } }),
  };
  const needed = `${minProbes} over ${minSpanMs / 1_000} s`;
  if (measured.length < minProbes || spanMs < minSpanMs) {
    const unknown = probes.find(({ state }) => state === 'unknown')?.seen;
    availability.insufficient = `${measured.length} probes over ${Math.round(spanMs / 1_000)} s saw the service; ${needed} are needed${unknown ? ` (${unknown})` : ''}.`;
  } else if (unseenMs > spanMs * maxGapShare) {
    availability.insufficient = `Nobody saw the service for ${Math.round(unseenMs / 1_000)} of ${Math.round(spanMs / 1_000)} s.`;
  }
  return availability;
}

function outagesIn(measured: readonly AvailabilityProbe[]): Outage[] {
  const outages: Outage[] = [];
  let open: Outage | undefined;
  for (const { state, atMs, seen = '' } of measured) {
    if (state === 'available') {
      if (open) open.untilMs = atMs;
      open = undefined;
    } else if (open) {
      open.probes += 1;
    } else {
      open = { fromMs: atMs, probes: 1, seen };
      outages.push(open);
    }
  }
  return outages;
}

/** Whether two start times are those of one process. */
export function isSameStart(one: number, other: number): boolean {
  return Math.abs(one - other) <= sameProcessMs;
}

/**
 * When a process that started during the watch took the place of another one. A process that was only added, e.g. by
 * an autoscaler, is none: the others still respond.
 */
function replacedAt(measured: readonly AvailabilityProbe[]): number | undefined {
  const sightings = measured.flatMap(({ atMs, process }) => (process ? [{ atMs, ...process }] : []));
  const begin = sightings[0];
  if (!begin) return undefined;
  const old: number[] = [];
  for (const [index, { startedAt, atMs }] of sightings.entries()) {
    if (startedAt <= begin.now + sameProcessMs) {
      if (!old.some((known) => isSameStart(known, startedAt))) old.push(startedAt);
      continue;
    }
    const later = sightings.slice(index);
    const isGone = old.some((known) => !later.some((one) => isSameStart(one.startedAt, known)));
    if (isGone && (old.length === 1 ? later.length >= 2 : later.length >= probesPerProcess * old.length))
      return atMs;
  }
  return undefined;
}
