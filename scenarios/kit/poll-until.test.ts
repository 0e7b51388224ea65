import { expect, test, vi } from 'vitest';
import { pollUntil } from './poll-until.ts';

const never = async (): Promise<boolean> => false;
const { signal } = new AbortController();

/** How long a wait for what never comes takes on the clock of the test, milliseconds. */
async function waited(patience: number, limitMs?: number): Promise<number> {
  vi.useFakeTimers({ toFake: ['performance'] });
  try {
    let observed = 0;
    const observe = (): Promise<boolean> => {
      observed += 1;
      vi.advanceTimersByTime(5_000);
      return never();
    };
    await pollUntil(observe, Boolean, { signal, patience }, limitMs);
    return observed * 5_000;
  } finally {
    vi.useRealTimers();
  }
}

test.each([
  [1, undefined, 20_000],
  [1, 10_000, 15_000],
  [0.3, undefined, 5_000],
])(
  'with patience %d and a limit of %s ms it observes until the time is over',
  async (patience, limit, ms) => {
    await expect(waited(patience, limit)).resolves.toBe(ms);
  },
);

test('what is there is returned at once, whatever the patience', async () => {
  await expect(
    pollUntil(
      async () => 'seen',
      (seen) => seen === 'seen',
      { signal, patience: 0.01 },
    ),
  ).resolves.toBe('seen');
});
