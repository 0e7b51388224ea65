import type { Listening } from './haproxy.ts';
import type { Processes } from './processes.ts';
import { percent } from './rounds.ts';
import type { Bench } from './row.ts';
import { median } from './statistics.ts';
import type { SignedUsers } from './tokens.ts';
import { type Load, type LoadRequest, load } from './wrk.ts';

/** One request per user for the own profile. */
export function requestsBy({ tokens }: SignedUsers): LoadRequest[] {
  return tokens.map((token) => ({
    method: 'GET',
    path: '/api/users/me',
    headers: { accept: 'application/json', authorization: `Bearer ${token}` },
  }));
}

/** Returns a function that measures a process with a script, for `bench.seconds`. */
export function loadOn(
  { tools, seconds, signal }: Bench,
  options: { processes: Processes; script: string; connections: number; cores?: string },
): (target: Listening) => () => Promise<Load> {
  const { processes, ...rest } = options;
  return ({ port, pid }) =>
    () =>
      load(
        processes,
        { ...rest, wrk: tools.wrk as string, url: `http://127.0.0.1:${port}`, seconds, subjectPid: pid },
        signal,
      );
}

/** The medians of a series of loads as one line. */
export function describeLoads(name: string, loads: readonly Load[]): string {
  const of = (pick: (one: Load) => number) => median(loads.map(pick));
  return (
    `${name}: p50 ${of((one) => one.p50Ms).toFixed(2)} ms, p99 ${of((one) => one.p99Ms).toFixed(1)} ms, ` +
    `${of((one) => one.subjectMicroseconds).toFixed(1)} µs CPU per request, its core ${percent(of((one) => one.subjectShare))}, ` +
    `generator ${percent(of((one) => one.generatorShare))}`
  );
}
