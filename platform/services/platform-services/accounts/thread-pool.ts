import { availableParallelism } from 'node:os';

/** With a single thread, one long hash would block DNS lookups. */
const minThreads = 2;

/**
 * Sets the size of Node's thread pool to the number of cores, unless the environment sets it. The pool mostly hashes
 * passwords here, and more threads than cores would evict each other's caches. Call it before the pool is first
 * used; later it has no effect.
 */
export function sizeThreadPool(env: NodeJS.ProcessEnv): void {
  env.UV_THREADPOOL_SIZE ??= String(Math.max(minThreads, availableParallelism()));
}
