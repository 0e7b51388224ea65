import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import { problem } from '../../../kit/http/problem.ts';

export interface Passwords {
  /** @throws ProblemError `rate_limited` when too many hashes wait */
  hash(password: string): Promise<string>;
  /**
   * Without a stored hash the result is false after the same work, so that an unknown account takes as long as a
   * wrong password.
   * @throws ProblemError `rate_limited` when too many hashes wait
   */
  verify(storedHash: string | undefined, password: string): Promise<boolean>;
}

/** OWASP's second recommendation for argon2id: 19 MiB, two passes, one lane. `algorithm` 2 is argon2id. */
export const argon2Parameters = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Maximum number of hashes that wait for a core. More would time out anyway and only use memory. */
const maxWaiting = 500;

/**
 * Hashes and verifies passwords, one per core at a time. More at once would compete for the cores and delay the
 * event loop.
 */
export function createPasswords(): Passwords {
  const limit = pLimit(availableParallelism());
  let placeholderHash: Promise<string> | undefined;

  async function run<T>(work: () => Promise<T>): Promise<T> {
    if (limit.pendingCount >= maxWaiting) throw problem('rate_limited', { headers: { 'retry-after': '5' } });
    return limit(work);
  }

  async function hash(password: string): Promise<string> {
    const argon2 = await import('@node-rs/argon2');
    return run(() => argon2.hash(password, argon2Parameters));
  }

  return {
    hash,
    async verify(storedHash, password) {
      const argon2 = await import('@node-rs/argon2');
      placeholderHash ??= hash('the password of no account');
      const compared = storedHash ?? (await placeholderHash);
      const matches = await run(() => argon2.verify(compared, password));
      return matches && storedHash !== undefined;
    },
  };
}
