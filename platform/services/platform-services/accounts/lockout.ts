import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { problem } from '../../../kit/http/problem.ts';

/** Failed sign-ins of one account from one address before a pause. */
export const failuresAllowed = 5;
/** Length of the pause, and how long failures are remembered; seconds. */
export const lockoutSeconds = 900;

export interface Lockout {
  /** @throws ProblemError `account_locked` with `retry-after`; `not_ready` when Redis cannot tell */
  assertOpen(email: string, address: string): Promise<void>;
  /** Counts a failure and returns whether it was the one that locked. */
  fail(email: string, address: string): Promise<boolean>;
  /**
   * Forgets failures after a right password, unless there are too many by now: guesses sent all at once have failed
   * meanwhile, and the right one among them must not get through.
   * @throws ProblemError like `assertOpen`
   */
  clear(email: string, address: string): Promise<void>;
}

/** KEYS: the count. ARGV: failures that lock. Returns the seconds left of a pause, or 0 when there is none. */
const clearScript = `
local failures = tonumber(redis.call('GET', KEYS[1]) or '0')
if failures == 0 then return 0 end
if failures >= tonumber(ARGV[1]) then return math.max(1, redis.call('TTL', KEYS[1])) end
redis.call('DEL', KEYS[1])
return 0`;

type WithClear = Redis & { clearFailures(key: string, allowed: number): Promise<number> };

/**
 * Slows guessing down per account *and* address: whoever guesses locks themselves out, not the owner, who comes
 * from elsewhere. It heals by itself. It treats unknown accounts alike, so it tells nothing about which exist.
 * Without Redis nobody can sign in: guessing must not become free by taking Redis away.
 */
export function createLockout(redis: Redis): Lockout {
  redis.defineCommand('clearFailures', { numberOfKeys: 1, lua: clearScript });
  const keyOf = (email: string, address: string) =>
    `auth:failures:${createHash('sha256').update(email.toLowerCase()).digest('base64url')}:${address}`;

  async function ask<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      throw problem('not_ready', { message: 'Signing in is not possible at the moment.', cause });
    }
  }

  const locked = (remainingS: number) =>
    problem('account_locked', { headers: { 'retry-after': String(Math.max(1, remainingS)) } });

  return {
    async assertOpen(email, address) {
      const key = keyOf(email, address);
      const failures = await ask(() => redis.get(key));
      if (Number(failures) < failuresAllowed) return;
      throw locked(await ask(() => redis.ttl(key)));
    },
    async fail(email, address) {
      const key = keyOf(email, address);
      const failures = await ask(() => redis.incr(key));
      // The pause counts from the first failure; later ones while locked do not prolong it.
      if (failures === 1) await ask(() => redis.expire(key, lockoutSeconds));
      return failures === failuresAllowed;
    },
    async clear(email, address) {
      const key = keyOf(email, address);
      const remaining = await ask(() => (redis as WithClear).clearFailures(key, failuresAllowed));
      if (remaining > 0) throw locked(remaining);
    },
  };
}
