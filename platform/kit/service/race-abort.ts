/**
 * Settles with the promise, or rejects as soon as the signal aborts. This does not stop the work itself: pass it the
 * signal too if it can stop.
 * @throws the signal's reason.
 */
export function raceAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
