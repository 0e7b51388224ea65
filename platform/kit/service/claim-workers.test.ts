import { describe, expect, it } from 'vitest';
import { createLog } from '../observe/log.ts';
import { createClaimWorkers } from './claim-workers.ts';
import { backgroundScope, currentScope, runInScope } from './scope.ts';

const log = createLog({ service: 'test', level: 'silent' });

/** Workers on a queue in memory, whose attempts end when the test says so. */
function workersOn(items: number[], { concurrency = 2 } = {}) {
  const started: number[] = [];
  const ends = new Map<number, PromiseWithResolvers<void>>();
  const queue = { fails: false };
  const workers = createClaimWorkers<number>({
    name: 'testing',
    log,
    concurrency,
    claim: async () => {
      if (queue.fails) throw new Error('the store is away');
      return items.shift();
    },
    attempt: async (item, signal) => {
      started.push(item);
      const end = Promise.withResolvers<void>();
      ends.set(item, end);
      signal.addEventListener('abort', () => end.resolve());
      await end.promise;
    },
  });
  return { workers, started, queue, end: (item: number) => ends.get(item)?.resolve() };
}

describe('claim workers', () => {
  it('work on no more items at a time than allowed, and on all of them', async () => {
    const { workers, started, end } = workersOn([1, 2, 3]);
    workers.wake();
    await expect.poll(() => started).toEqual([1, 2]);
    end(1);
    await expect.poll(() => started).toEqual([1, 2, 3]);
    end(2);
    end(3);
    await workers.idle();
    expect(started).toEqual([1, 2, 3]);
  });

  it('take an item that becomes due while another one is worked on', async () => {
    const items = [1];
    const { workers, started, end } = workersOn(items);
    workers.wake();
    await expect.poll(() => started).toEqual([1]);
    items.push(2);
    workers.wake();
    await expect.poll(() => started).toEqual([1, 2]);
    end(1);
    end(2);
    await workers.idle();
  });

  it('go on after a failure of the store when they are woken again', async () => {
    const { workers, started, queue, end } = workersOn([1]);
    queue.fails = true;
    workers.wake();
    await workers.idle();
    expect(started).toEqual([]);
    queue.fails = false;
    workers.wake();
    await expect.poll(() => started).toEqual([1]);
    end(1);
    await workers.idle();
  });

  it('abort what runs and claim no more when they are closed', async () => {
    const { workers, started } = workersOn([1, 2, 3], { concurrency: 1 });
    workers.wake();
    await expect.poll(() => started).toEqual([1]);
    await workers.close();
    workers.wake();
    await workers.idle();
    expect(started).toEqual([1]);
  });

  it('work outside of the scope of the request that wakes them', async () => {
    const scopes: unknown[] = [];
    const items = [1];
    const workers = createClaimWorkers<number>({
      name: 'testing',
      log,
      claim: async () => items.shift(),
      attempt: async () => void scopes.push(currentScope()),
    });
    const request = backgroundScope();
    runInScope(request, () => workers.wake());
    await workers.idle();
    expect(scopes).toHaveLength(1);
    expect(scopes[0]).not.toBe(request);
  });
});
