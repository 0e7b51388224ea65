import type { Authority } from '../../contracts/rights.ts';
import { problem } from '../http/problem.ts';
import type { Log } from '../observe/log.ts';
import { type Clock, systemClock } from '../service/clock.ts';
import { describeFailure } from '../service/describe-failure.ts';
import type { Authorities, Caller } from './authorities.ts';

/** Maximum age of rights that count, milliseconds. */
export const freshMs = 5_000;
/** Maximum age of rights while platform-services cannot be reached, milliseconds. */
export const lastKnownMs = 60_000;
/** Minimum time between two failed attempts to read the rights of one user, milliseconds. */
const retryMs = 1_000;
/**
 * Maximum time to read the rights of a user, milliseconds: short where the last known ones can be used instead. Who has
 * none is better served late than refused, because a busy service is slow and not down. Many clients give up after ten
 * seconds, and would not learn the reason.
 */
const limitMs = { withLastKnown: 2_000, withoutAny: 8_000 };

export interface AuthorityCacheOptions {
  /** Reads the rights of a user. Rejects when they cannot be read within the limit. */
  load(caller: Caller, limitMs: number): Promise<Authority | undefined>;
  log: Log;
  clock?: Clock;
  /** Maximum number of users; default 10,000. */
  maxUsers?: number;
}

export interface AuthorityCache extends Authorities {
  /** Forgets the rights of users that have changed, also those that are being read. */
  drop(userIds: readonly string[]): void;
}

interface Known {
  authority: Authority | undefined;
  /** Start of the read, milliseconds since the epoch. */
  atMs: number;
}

interface Entry {
  known?: Known;
  loading?: { result: Promise<Known>; atMs: number };
  failedAtMs: number;
}

/**
 * Keeps the rights of users for at most 5 s and reads those of one user once at a time. Rights that were announced as
 * changed are never used again. While they cannot be read, the last known ones hold for at most 60 s: a short outage of
 * platform-services stops nobody.
 */
export function createAuthorityCache(options: AuthorityCacheOptions): AuthorityCache {
  const { load, log, clock = systemClock, maxUsers = 10_000 } = options;
  const entries = new Map<string, Map<string, Entry>>();
  const listeners = new Map<string, Set<() => void>>();
  const nowMs = () => clock.now().getTime();

  /** One user is asked for in one tenant, unless a caller names a user of another. */
  function entryOf({ user_id, tenant_id }: Caller): Entry {
    let inTenants = entries.get(user_id);
    if (inTenants === undefined) {
      if (entries.size >= maxUsers) {
        const oldest = entries.keys().next();
        if (!oldest.done) entries.delete(oldest.value);
      }
      inTenants = new Map();
      entries.set(user_id, inTenants);
    }
    let entry = inTenants.get(tenant_id);
    if (entry === undefined) {
      entry = { failedAtMs: Number.NEGATIVE_INFINITY };
      inTenants.set(tenant_id, entry);
    }
    return entry;
  }

  const isUsable = (known: Known | undefined): known is Known =>
    known !== undefined && nowMs() - known.atMs < lastKnownMs;

  function start(entry: Entry, caller: Caller): Promise<Known> {
    const atMs = nowMs();
    const limit = isUsable(entry.known) ? limitMs.withLastKnown : limitMs.withoutAny;
    async function read(): Promise<Known> {
      try {
        const known = { authority: await load(caller, limit), atMs };
        if (entry.known === undefined || entry.known.atMs <= atMs) entry.known = known;
        return known;
      } catch (error) {
        entry.failedAtMs = nowMs();
        throw error;
      } finally {
        if (entry.loading?.result === result) delete entry.loading;
      }
    }
    const result = read();
    entry.loading = { result, atMs };
    return result;
  }

  return {
    async of(caller, maxAgeMs = freshMs) {
      const entry = entryOf(caller);
      const { known, loading } = entry;
      const now = nowMs();
      if (known !== undefined && now - known.atMs < maxAgeMs) return known.authority;
      let failure: unknown;
      if (now - entry.failedAtMs >= retryMs || known === undefined) {
        try {
          const read =
            loading !== undefined && now - loading.atMs < maxAgeMs ? loading.result : start(entry, caller);
          return (await read).authority;
        } catch (error) {
          failure = error;
          log.warn({ err: describeFailure(error) }, 'could not read the rights of a user');
        }
      }
      if (isUsable(known) && entries.get(caller.user_id)?.get(caller.tenant_id) === entry)
        return known.authority;
      throw problem('not_ready', {
        message: 'Your rights cannot be read now. Retry later.',
        headers: { 'retry-after': '1' },
        cause: failure,
      });
    },
    onChange(userId, listener) {
      const own = listeners.get(userId) ?? new Set();
      listeners.set(userId, own.add(listener));
      return () => {
        own.delete(listener);
        if (own.size === 0 && listeners.get(userId) === own) listeners.delete(userId);
      };
    },
    drop(userIds) {
      for (const userId of userIds) {
        // A read that runs now ends in the old entry.
        entries.delete(userId);
        for (const listener of listeners.get(userId) ?? []) listener();
      }
    },
  };
}
