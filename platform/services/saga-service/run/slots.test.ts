import { expect, it } from 'vitest';
import { createSlots } from './slots.ts';

const never = new AbortController().signal;

it('gives places in order, and each only once', async () => {
  const slots = createSlots(1);
  const [first, second, third] = [slots.slot(), slots.slot(), slots.slot()];
  await first.take(never);
  const order: string[] = [];
  const taken = [
    second.take(never).then(() => order.push('second')),
    third.take(never).then(() => order.push('third')),
  ];
  expect(slots.free).toBe(0);
  first.release();
  first.release();
  await taken[0];
  expect(order).toEqual(['second']);
  second.release();
  await Promise.all(taken);
  third.release();
  expect(slots.free).toBe(1);
});

it('passes over who has given up waiting', async () => {
  const slots = createSlots(1);
  const [first, second, third] = [slots.slot(), slots.slot(), slots.slot()];
  await first.take(never);
  const tired = new AbortController();
  const given = second.take(tired.signal);
  const patient = third.take(never);
  tired.abort(new Error('tired'));
  await expect(given).rejects.toThrow('tired');
  first.release();
  await patient;
  second.release();
  expect(slots.free).toBe(0);
});
