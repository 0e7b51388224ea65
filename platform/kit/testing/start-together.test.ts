import { expect, it } from 'vitest';
import { startTogether } from './start-together.ts';

const thing = (name: string, stopped: string[]) => ({
  name,
  [Symbol.asyncDispose]: async () => void stopped.push(name),
});

it('returns everything it started, in order', async () => {
  const stopped: string[] = [];
  const [first, second] = await startTogether(Promise.resolve(thing('first', stopped)), Promise.resolve(2));
  expect([first.name, second]).toEqual(['first', 2]);
  expect(stopped).toEqual([]);
});

it('stops everything that starts, also later, when one start fails', async () => {
  const stopped: string[] = [];
  const late = new Promise<object>((resolve) => setImmediate(() => resolve(thing('late', stopped))));
  const starting = startTogether(
    Promise.resolve(thing('early', stopped)),
    Promise.reject(new Error('no database')),
    late,
    Promise.resolve('not to be stopped'),
  );
  await expect(starting).rejects.toThrow('no database');
  expect(stopped).toEqual(['early', 'late']);
});
