import { raceAbort } from './race-abort.ts';

/** A signal that aborts with `reason` after `ms` milliseconds; disposing it cancels the timer. */
export function timeLimit(ms: number, reason?: unknown): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(reason), ms);
  return { signal: controller.signal, [Symbol.dispose]: () => clearTimeout(timer) };
}

/** Waits for the work, but no longer than `ms` milliseconds. @throws what the work rejects with in that time. */
export async function waitAtMost(ms: number, work: PromiseLike<unknown>): Promise<void> {
  using limit = timeLimit(ms);
  await raceAbort(work, limit.signal).catch((error) => {
    if (error !== limit.signal.reason) throw error;
  });
}
