import type { Backoff } from '../../../kit/service/backoff.ts';
import type { Clock } from '../../../kit/service/clock.ts';
import { StepFailure } from '../../../kit/service/step-failure.ts';
import { UnresolvedPlaceholder } from '../steps/placeholders.ts';

/** Delays between the attempts of a step and of its compensation. */
export const attemptBackoff: Backoff = { firstMs: 500, maxMs: 30_000 };

/** Without a reason of its own, every abort makes an error with a stack. */
const over = new Error('the attempt is over');

/**
 * Makes one attempt with a timeout in seconds.
 * @throws StepFailure when the attempt fails; the signal's reason when that aborts
 */
export async function attempt<T>(
  work: (signal: AbortSignal) => Promise<T>,
  { clock, seconds, signal }: { clock: Clock; seconds: number; signal: AbortSignal },
): Promise<T> {
  const limit = new AbortController();
  const finished = new AbortController();
  clock.sleep(seconds * 1_000, finished.signal).then(
    () => limit.abort(new StepFailure(`no response within ${seconds} s`, { retryable: true })),
    () => undefined,
  );
  try {
    return await work(AbortSignal.any([signal, limit.signal]));
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (limit.signal.aborted) throw limit.signal.reason;
    if (error instanceof StepFailure) throw error;
    const message = error instanceof UnresolvedPlaceholder ? error.message : 'the call could not be made';
    throw new StepFailure(message, { cause: error });
  } finally {
    finished.abort(over);
  }
}
