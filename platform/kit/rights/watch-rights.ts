import type { Authority } from '../../contracts/rights.ts';
import { problem } from '../http/problem.ts';
import { type Clock, systemClock } from '../service/clock.ts';
import type { Authorities, Caller } from './authorities.ts';

/** Interval at which the rights behind a long answer are read again, milliseconds: an announcement may be lost. */
const everyMs = 4_000;
/** Maximum age of rights that such a read accepts, milliseconds. */
const maxAgeMs = 500;

export interface WatchRightsOptions {
  authorities: Authorities;
  caller: Caller;
  /** Whether the rights still suffice. Users who are not active have none. */
  holds(authority: Authority): boolean;
  clock?: Clock;
}

export interface RightsWatch {
  /** Aborts when the rights do not suffice any more. The reason is a ProblemError. */
  readonly signal: AbortSignal;
  close(): void;
}

/** Watches the rights behind an answer that takes long: an event stream, a socket. Follows changes within 5 s. */
export function watchRights({
  authorities,
  caller,
  holds,
  clock = systemClock,
}: WatchRightsOptions): RightsWatch {
  const controller = new AbortController();
  const stopListening = authorities.onChange(caller.user_id, () => void check());
  const stopPolling = clock.every(everyMs, () => void check());
  function close(): void {
    stopListening();
    stopPolling();
  }

  async function check(): Promise<void> {
    try {
      const authority = await authorities.of(caller, maxAgeMs);
      if (authority?.is_active && holds(authority)) return;
      controller.abort(problem('forbidden', { message: 'You have lost the right to this.' }));
    } catch (error) {
      controller.abort(error);
    }
    close();
  }

  return { signal: controller.signal, close };
}
