import { backgroundScope, runInScope } from './scope.ts';

export interface ClaimedWork<Item> {
  /** Claims the item that has been due longest, for the time of one attempt; undefined when none is due. */
  claim(): Promise<Item | undefined>;
  /** Works on an item and stores the result: done, or due again later. Rejects when the work cannot continue. */
  attempt(item: Item, signal: AbortSignal): Promise<void>;
  /** Maximum number of items at the same time, so that a slow one does not block the others. Default 1. */
  concurrency?: number;
}

/**
 * Claims items and works on each, in a scope of its own, until none is due. Items are claims in the database, so several
 * processes share them, and those of a process that dies are due again when their claims end.
 *
 * A further worker starts only when an item was claimed, so an empty queue costs one query.
 * @throws the first failure, after all workers have ended
 */
export async function workOnClaims<Item>(work: ClaimedWork<Item>, signal: AbortSignal): Promise<void> {
  const { concurrency = 1 } = work;
  const workers: Promise<void>[] = [];
  let failed = false;

  async function worker(hasClaimed: () => void): Promise<void> {
    try {
      for (let isFirst = true; !signal.aborted && !failed; isFirst = false) {
        const item = await work.claim();
        if (item === undefined) return;
        // The others claim before the first attempt begins: what it hands back at the end is not claimed again.
        if (isFirst && workers.length < concurrency) await start();
        hasClaimed();
        await runInScope(backgroundScope(), () => work.attempt(item, signal));
      }
    } catch (error) {
      failed = true;
      throw error;
    } finally {
      hasClaimed();
    }
  }
  /** Resolves when the new worker has claimed an item or found none. */
  function start(): Promise<void> {
    const claimed = Promise.withResolvers<void>();
    const started = worker(claimed.resolve);
    workers.push(started);
    // Failures are looked at below, when all have ended.
    started.catch(() => {});
    return claimed.promise;
  }

  void start();
  // Workers start further ones while they are waited for.
  for (const one of workers) await one.catch(() => {});
  await Promise.all(workers);
}
