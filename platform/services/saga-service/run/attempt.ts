import type { Clock } from '../../../kit/service/clock.ts';
import { StepFailure } from '../../../kit/service/step-failure.ts';
import { UnresolvedPlaceholder } from './placeholders.ts';

/**
 * One attempt with a time limit in seconds.
 * @throws StepFailure for anything that is about this attempt; the signal's reason when that aborted.
 */
export async function attempt<T>(
  work: (signal: AbortSignal) => Promise<T>,
  { clock, seconds, signal }: { clock: Clock; seconds: number; signal: AbortSignal },
): Promise<T> {
  const limit = new AbortController();
  const over = new AbortController();
  clock.sleep(seconds * 1_000, over.signal).then(
    () => limit.abort(new StepFailure(`no answer within ${seconds} s`, { retryable: true })),
    () => undefined,
  );
  try {
    return await work(AbortSignal.any([signal, limit.signal]));
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (limit.signal.aborted) throw limit.signal.reason;
    if (error instanceof StepFailure) throw error;
    if (error instanceof UnresolvedPlaceholder)
      throw new StepFailure(error.message, { retryable: false, cause: error });
    throw new StepFailure('the call could not be made', { retryable: false, cause: error });
  } finally {
    over.abort();
  }
}
