import pLimit from 'p-limit';
import { expect, it } from 'vitest';
import { createSlot } from './slot.ts';

const never = new AbortController().signal;

function threeSlots() {
  const limit = pLimit(1);
  return { limit, slots: [createSlot(limit), createSlot(limit), createSlot(limit)] as const };
}

it('grants slots in order, and each only once', async () => {
  const {
    limit,
    slots: [first, second, third],
  } = threeSlots();
  await first.acquire(never);
  const order: string[] = [];
  const acquired = [
    second.acquire(never).then(() => order.push('second')),
    third.acquire(never).then(() => order.push('third')),
  ];
  expect(limit.activeCount).toBe(1);
  first.release();
  first.release();
  await acquired[0];
  expect(order).toEqual(['second']);
  second.release();
  await Promise.all(acquired);
  third.release();
  expect(await limit(() => 'free again')).toBe('free again');
});

it('skips a slot whose wait was aborted', async () => {
  const {
    limit,
    slots: [first, second, third],
  } = threeSlots();
  await first.acquire(never);
  const stopping = new AbortController();
  const aborted = second.acquire(stopping.signal);
  const waiting = third.acquire(never);
  stopping.abort(new Error('stopping'));
  await expect(aborted).rejects.toThrow('stopping');
  first.release();
  await waiting;
  second.release();
  expect(limit.activeCount).toBe(1);
});

it('can be acquired again after it was released', async () => {
  const {
    limit,
    slots: [first, second],
  } = threeSlots();
  await first.acquire(never);
  const granted = second.acquire(never);
  first.release();
  await granted;
  const again = first.acquire(never);
  second.release();
  await again;
  expect(limit.activeCount).toBe(1);
});
