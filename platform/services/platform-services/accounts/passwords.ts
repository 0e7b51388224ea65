import { availableParallelism } from 'node:os';
import { problem } from '../../../kit/http/problem.ts';
import { createQueue } from './work-queue.ts';

export interface Passwords {
  hash(password: string): Promise<string>;
  /** False without a stored hash, after the same work: an unknown account takes as long as a wrong password. */
  verify(storedHash: string | undefined, password: string): Promise<boolean>;
}

/** OWASP's second recommendation for argon2id: 19 MiB, two passes, one lane. `algorithm` 2 is argon2id. */
export const argon2Parameters = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Most hashes that wait for a core; more would time out anyway and only hold memory. */
const maxWaiting = 500;

/**
 * Hashes and checks passwords, as many at a time as there are cores: more of them would only share the cores and
 * push the event loop aside.
 */
export function createPasswords(): Passwords {
  const queue = createQueue({ concurrency: availableParallelism(), maxWaiting });
  let absentHash: Promise<string> | undefined;

  async function run<T>(work: () => Promise<T>): Promise<T> {
    const job = queue.run(work);
    if (job === undefined) throw problem('rate_limited', { headers: { 'retry-after': '5' } });
    return job;
  }

  async function hash(password: string): Promise<string> {
    const argon2 = await import('@node-rs/argon2');
    return run(() => argon2.hash(password, argon2Parameters));
  }

  return {
    hash,
    async verify(storedHash, password) {
      const argon2 = await import('@node-rs/argon2');
      absentHash ??= hash('the password of no account');
      const compared = storedHash ?? (await absentHash);
      const matches = await run(() => argon2.verify(compared, password));
      return matches && storedHash !== undefined;
    },
  };
}
