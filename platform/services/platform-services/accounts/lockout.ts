import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { problem, storeProblem } from '../../../kit/http/problem.ts';

/** Failed sign-ins to one account from one address that start a lockout. */
const failuresAllowed = 5;
/** Duration of a lockout, and how long failures are counted, seconds. */
const lockoutSeconds = 900;

export interface Lockout {
  /** @throws ProblemError `account_locked` with `retry-after`; `not_ready` when Redis is unavailable */
  assertOpen(email: string, address: string): Promise<void>;
  /** Counts a failure. True for the failure that starts the lockout. */
  fail(email: string, address: string): Promise<boolean>;
  /**
   * Clears the failures after a correct password, unless the lockout has started in the meantime. A correct guess
   * among many parallel ones must not get through.
   * @throws ProblemError like `assertOpen`
   */
  clear(email: string, address: string): Promise<void>;
  /** Ends a lockout after the owner has proven the address of the account. @throws ProblemError `not_ready` */
  forgive(email: string, address: string): Promise<void>;
}

/** KEYS: the count. ARGV: failures that lock. Returns the remaining seconds of a lockout, or 0 without one. */
const clearScript = `
local failures = tonumber(redis.call('GET', KEYS[1]) or '0')
if failures == 0 then return 0 end
if failures >= tonumber(ARGV[1]) then return math.max(1, redis.call('TTL', KEYS[1])) end
redis.call('DEL', KEYS[1])
return 0`;

type WithClear = Redis & { clearFailures(key: string, allowed: number): Promise<number> };

/**
 * Slows down guessing per account and address: an attacker locks only their own address, and the owner can still
 * sign in from another one. A lockout ends by itself. Unknown accounts are treated alike, so that responses do not
 * reveal which accounts exist. Without Redis nobody can sign in: an outage must not allow unlimited guessing.
 */
export function createLockout(redis: Redis): Lockout {
  redis.defineCommand('clearFailures', { numberOfKeys: 1, lua: clearScript });
  const keyOf = (email: string, address: string) =>
    `auth:failures:${createHash('sha256').update(email.toLowerCase()).digest('base64url')}:${address}`;

  async function withRedis<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      throw storeProblem(cause, 'Sign-in is not available at the moment.');
    }
  }

  const locked = (remainingS: number) =>
    problem('account_locked', { headers: { 'retry-after': String(Math.max(1, remainingS)) } });

  return {
    async assertOpen(email, address) {
      const key = keyOf(email, address);
      const failures = await withRedis(() => redis.get(key));
      if (Number(failures) < failuresAllowed) return;
      throw locked(await withRedis(() => redis.ttl(key)));
    },
    async fail(email, address) {
      const key = keyOf(email, address);
      const failures = await withRedis(() => redis.incr(key));
      // The first failure starts the time. Later failures do not extend it.
      if (failures === 1) await withRedis(() => redis.expire(key, lockoutSeconds));
      return failures === failuresAllowed;
    },
    async forgive(email, address) {
      await withRedis(() => redis.del(keyOf(email, address)));
    },
    async clear(email, address) {
      const key = keyOf(email, address);
      const remaining = await withRedis(() => (redis as WithClear).clearFailures(key, failuresAllowed));
      if (remaining > 0) throw locked(remaining);
    },
  };
}
