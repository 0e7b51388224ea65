import { expect, it } from 'vitest';
import { inSlices } from './in-slices.ts';

it('visits all items in their order', async () => {
  const seen: number[] = [];
  await inSlices([3, 1, 2], (item) => seen.push(item));
  expect(seen).toEqual([3, 1, 2]);
});

it('lets other work of the event loop run during a long walk', async () => {
  let turns = 0;
  let walking = true;
  const count = () => {
    turns += 1;
    if (walking) setImmediate(count);
  };
  setImmediate(count);
  const busy = () => {
    const until = performance.now() + 0.5;
    while (performance.now() < until);
  };
  await inSlices(Array.from({ length: 20 }), busy);
  walking = false;
  expect(turns).toBeGreaterThan(5);
});

it('skips items that are removed from a set before their turn', async () => {
  const items = new Set([1, 2, 3]);
  const seen: number[] = [];
  await inSlices(items, (item) => {
    seen.push(item);
    items.delete(2);
  });
  expect(seen).toEqual([1, 3]);
});

it('rejects with what a visit throws', async () => {
  const broken = () => {
    throw new Error('broken');
  };
  await expect(inSlices([1], broken)).rejects.toThrow('broken');
});
