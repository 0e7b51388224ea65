import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { problem } from '../kit/problem.ts';

/** Failed sign-ins of one account from one address before a pause. */
export const failuresAllowed = 5;
/** Length of the pause, and how long failures are remembered; seconds. */
export const lockoutSeconds = 900;

export interface Lockout {
  /** @throws ProblemError `account_locked` with `retry-after`; `not_ready` when Redis cannot tell */
  assertOpen(email: string, address: string): Promise<void>;
  /** Counts a failure and returns whether it was the one that locked. */
  fail(email: string, address: string): Promise<boolean>;
  /** Forgets failures after a good sign-in. */
  clear(email: string, address: string): Promise<void>;
}

/**
 * Slows guessing down per account *and* address: whoever guesses locks themselves out, not the owner, who comes
 * from elsewhere. It heals by itself. It treats unknown accounts alike, so it tells nothing about which exist.
 * Without Redis nobody can sign in: guessing must not become free by taking Redis away.
 */
export function createLockout(redis: Redis): Lockout {
  const keyOf = (email: string, address: string) =>
    `auth:failures:${createHash('sha256').update(email.toLowerCase()).digest('base64url')}:${address}`;

  async function ask<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      throw problem('not_ready', { message: 'Signing in is not possible at the moment.', cause });
    }
  }

  return {
    async assertOpen(email, address) {
      const key = keyOf(email, address);
      const failures = await ask(() => redis.get(key));
      if (Number(failures) < failuresAllowed) return;
      const remaining = await ask(() => redis.ttl(key));
      throw problem('account_locked', { headers: { 'retry-after': String(Math.max(1, remaining)) } });
    },
    async fail(email, address) {
      const key = keyOf(email, address);
      const failures = await ask(() => redis.incr(key));
      // The pause counts from the first failure; later ones while locked do not prolong it.
      if (failures === 1) await ask(() => redis.expire(key, lockoutSeconds));
      return failures === failuresAllowed;
    },
    async clear(email, address) {
      await ask(() => redis.del(keyOf(email, address)));
    },
  };
}
