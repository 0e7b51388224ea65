import { expect, it } from 'vitest';
import { raceAbort } from './race-abort.ts';

it('settles with the promise when nothing aborts', async () => {
  const { signal } = new AbortController();
  await expect(raceAbort(Promise.resolve(1), signal)).resolves.toBe(1);
  await expect(raceAbort(Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken');
});

it('rejects with the signal’s reason when the work never ends', async () => {
  const controller = new AbortController();
  const raced = raceAbort(new Promise(() => {}), controller.signal);
  controller.abort(new Error('stopped'));
  await expect(raced).rejects.toThrow('stopped');
});

it('rejects at once when the signal has already aborted', async () => {
  await expect(raceAbort(new Promise(() => {}), AbortSignal.abort(new Error('late')))).rejects.toThrow(
    'late',
  );
});
