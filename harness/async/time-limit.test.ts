import { describe, expect, it } from 'vitest';
import { raceAbort } from './race-abort.ts';
import { timeLimit, waitAtMost } from './time-limit.ts';

const never = new Promise<never>(() => undefined);

describe('raceAbort', () => {
  it('settles like the promise while the signal does not abort', async () => {
    const { signal } = new AbortController();
    expect(await raceAbort(Promise.resolve(1), signal)).toBe(1);
    await expect(raceAbort(Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken');
  });

  it.each(['before', 'during'])(
    'rejects with the reason of a signal that aborts %s the wait',
    async (when) => {
      const controller = new AbortController();
      if (when === 'before') controller.abort(new Error('stop'));
      const racing = raceAbort(never, controller.signal);
      controller.abort(new Error('stop'));
      await expect(racing).rejects.toThrow('stop');
    },
  );
});

describe('a time limit', () => {
  it('aborts its signal with the reason', async () => {
    using limit = timeLimit(1, new Error('too slow'));
    await expect(raceAbort(never, limit.signal)).rejects.toThrow('too slow');
  });

  it('ends a wait without an error', async () => {
    await expect(waitAtMost(1, never)).resolves.toBeUndefined();
  });

  it('passes on what the work rejects with', async () => {
    await expect(waitAtMost(10_000, Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  });
});
