import { setTimeout as pause } from 'node:timers/promises';

/** Time between two requests of a train, milliseconds. */
const spacingMs = 5;
/** Minimum number of requests of a train. */
const minRequests = 100;

/**
 * Sends a cheap request every 5 ms while `work` runs, without waiting for responses. Work that ends early is repeated
 * until 100 requests have been sent.
 * @returns the largest time of a request, milliseconds, and what `work` returned
 */
export async function largestLatency<T>(options: {
  work(): Promise<T>;
  request(): Promise<unknown>;
  signal: AbortSignal;
}): Promise<{ value: number; returned: T }> {
  const { work, request, signal } = options;
  const requests: Promise<number>[] = [];
  let isOver = false;
  const working = (async () => {
    try {
      let returned = await work();
      while (requests.length < minRequests) returned = await work();
      return returned;
    } finally {
      isOver = true;
    }
  })();
  const sending = (async () => {
    while (!isOver) {
      const started = performance.now();
      const sent = request().then(() => performance.now() - started);
      // Awaited below, after the others.
      sent.catch(() => {});
      requests.push(sent);
      await pause(spacingMs, undefined, { signal });
    }
  })();
  const [returned] = await Promise.all([working, sending]);
  return { value: Math.max(...(await Promise.all(requests))), returned };
}
