import type { Listening } from './haproxy.ts';
import type { Processes } from './processes.ts';
import type { Bench } from './row.ts';
import type { SignedUsers } from './tokens.ts';
import { type Load, type LoadRequest, load } from './wrk.ts';

/** A request by each user for who they are, as the gateway rows send it. */
export function requestsBy({ tokens }: SignedUsers): LoadRequest[] {
  return tokens.map((token) => ({
    method: 'GET',
    path: '/api/users/me',
    headers: { accept: 'application/json', authorization: `Bearer ${token}` },
  }));
}

/** Gives what measures a process once: as many seconds of a script as the bench says. */
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
