import { expect, it } from 'vitest';
import { createEngineLooks, type EngineLooksOptions } from './engine-looks.ts';

/** A store in the shape of the engine's, which counts its looks. */
function countingStore(found: string[]) {
  const looks: string[] = [];
  class Store {
    async getQueuePartitions(queue: string) {
      looks.push(`partitions of ${queue}`);
      return ['a'];
    }
    async findAndMarkStartableWorkflows(
      queue: { name: string },
      _executor = '',
      _version = '',
      partition?: string,
    ) {
      looks.push(`${queue.name}/${partition ?? ''}`);
      return found;
    }
  }
  return { store: new Store(), looks };
}

function pacedStore(options: Partial<EngineLooksOptions> = {}, found: string[] = []) {
  const looks = createEngineLooks({
    queueName: 'runs',
    everyMs: 60_000,
    fullMs: 60_000,
    isFull: () => false,
    ...options,
  });
  const counting = countingStore(found);
  looks.pace(counting.store);
  return { ...counting, ring: looks.ring, end: looks.end };
}

it('looks for runs only when one is announced', async () => {
  const { store, looks, ring } = pacedStore();
  const look = store.findAndMarkStartableWorkflows({ name: 'runs' });
  expect(looks).toEqual([]);
  ring();
  await look;
  expect(looks).toEqual(['runs/']);
});

it('looks again when a run is announced between two looks', async () => {
  const { store, looks, ring } = pacedStore();
  ring();
  await store.findAndMarkStartableWorkflows({ name: 'runs' });
  ring();
  await store.findAndMarkStartableWorkflows({ name: 'runs' });
  expect(looks).toHaveLength(2);
});

it('waits once for all partitions of a queue', async () => {
  const { store, looks, ring } = pacedStore();
  ring();
  await store.getQueuePartitions('runs');
  await store.findAndMarkStartableWorkflows({ name: 'runs' }, '', '', 'a');
  expect(looks).toEqual(['partitions of runs', 'runs/a']);
});

it('looks without an announcement after the interval, sooner while the process is full', async () => {
  const rare = pacedStore({ everyMs: 1 });
  await rare.store.findAndMarkStartableWorkflows({ name: 'runs' });
  expect(rare.looks).toHaveLength(1);
  const full = pacedStore({ fullMs: 1, isFull: () => true });
  await full.store.findAndMarkStartableWorkflows({ name: 'runs' });
  expect(full.looks).toHaveLength(1);
});

it('looks again soon after a look that has found runs, since it may have left some', async () => {
  const { store, looks, ring } = pacedStore({ fullMs: 1 }, ['run']);
  ring();
  await store.findAndMarkStartableWorkflows({ name: 'runs' });
  await store.findAndMarkStartableWorkflows({ name: 'runs' });
  expect(looks).toHaveLength(2);
});

it('keeps the looks of other queues waiting when a run is announced', async () => {
  const { store, looks, ring, end } = pacedStore();
  const other = store.findAndMarkStartableWorkflows({ name: 'other' });
  ring();
  await store.findAndMarkStartableWorkflows({ name: 'runs' });
  expect(looks).toEqual(['runs/']);
  end();
  await other;
  expect(looks).toEqual(['runs/', 'other/']);
});

it('rejects an engine that looks in another way', () => {
  const looks = createEngineLooks({ queueName: 'runs', everyMs: 1, fullMs: 1, isFull: () => false });
  expect(() => looks.pace({})).toThrow('a way that is not known');
});
