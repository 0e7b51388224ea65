import { availableParallelism } from 'node:os';

/** Fewer would let one long hash hold up name lookups. */
const fewestThreads = 2;

/**
 * Gives Node's thread pool as many threads as there are cores, unless the environment says how many: hashing passwords
 * is nearly all it does here, and more threads than cores push each other out of the caches. Has to be called before
 * the pool is first used; later it has no effect.
 */
export function sizeThreadPool(env: NodeJS.ProcessEnv): void {
  env.UV_THREADPOOL_SIZE ??= String(Math.max(fewestThreads, availableParallelism()));
}
