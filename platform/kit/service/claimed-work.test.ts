import { describe, expect, it } from 'vitest';
import { workOnClaims } from './claimed-work.ts';
import { currentScope } from './scope.ts';

const never = new AbortController().signal;

/** A queue in memory that counts its claims. */
function queueOf(items: number[]) {
  let claims = 0;
  return {
    claim: async () => {
      claims += 1;
      return items.shift();
    },
    claims: () => claims,
  };
}

describe('workOnClaims', () => {
  it('works on every item once, and on no more at a time than allowed', async () => {
    const queue = queueOf(Array.from({ length: 20 }, (_, index) => index));
    const done: number[] = [];
    let running = 0;
    let most = 0;
    const attempt = async (item: number) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise(setImmediate);
      running -= 1;
      done.push(item);
    };
    await workOnClaims({ claim: queue.claim, attempt, concurrency: 4 }, never);
    expect(done.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index));
    expect(most).toBe(4);
  });

  it('asks an empty queue once', async () => {
    const queue = queueOf([]);
    await workOnClaims({ claim: queue.claim, attempt: async () => {}, concurrency: 4 }, never);
    expect(queue.claims()).toBe(1);
  });

  it('ends every attempt before it reports a failure, and claims nothing after it', async () => {
    const queue = queueOf([1, 2, 3, 4, 5, 6]);
    const ended: number[] = [];
    const attempt = async (item: number) => {
      if (item === 1) throw new Error('the store is away');
      await new Promise(setImmediate);
      ended.push(item);
    };
    const work = { claim: queue.claim, attempt, concurrency: 2 };
    await expect(workOnClaims(work, never)).rejects.toThrow('the store is away');
    const claimedBefore = queue.claims();
    await new Promise(setImmediate);
    expect(queue.claims()).toBe(claimedBefore);
    expect(ended.length).toBeLessThan(5);
  });

  it('claims nothing after its signal and gives each item a scope of its own', async () => {
    const stopping = new AbortController();
    const queue = queueOf([1, 2, 3]);
    const scopes = new Set<unknown>();
    const attempt = async (item: number) => {
      scopes.add(currentScope()?.requestId);
      if (item === 2) stopping.abort();
    };
    await workOnClaims({ claim: queue.claim, attempt }, stopping.signal);
    expect(queue.claims()).toBe(2);
    expect(scopes.size).toBe(2);
  });
});
