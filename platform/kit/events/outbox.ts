import type { Log } from '../observe/log.ts';
import { withSpan } from '../observe/tracing.ts';
import { PeerProblem } from '../peers/peer-problem.ts';
import { type Backoff, backoffMs } from '../service/backoff.ts';
import { workOnClaims } from '../service/claimed-work.ts';
import type { Clock } from '../service/clock.ts';
import { createRecurringWork, type RecurringWork } from '../service/recurring-work.ts';

/** Maximum wait for the response of a receiver, milliseconds. */
export const deliveryTimeoutMs = 5_000;
/** Duration of a claim, seconds: the call and storing its result. */
const leaseSeconds = 30;
/** Delays of an event that its receiver rejects for now. */
const rejectedBackoff: Backoff = { firstMs: 10_000, maxMs: 3_600_000 };

export interface OutboxOptions<Event extends { attempts: number }> {
  /** Description for the log, e.g. `delivering file events`. */
  name: string;
  /** Claims the event that has been due longest; undefined when none is due. */
  claim(lease: { leaseSeconds: number }): Promise<Event | undefined>;
  /** Sends a claimed event. @throws PeerProblem */
  send(event: Event, signal: AbortSignal): Promise<void>;
  /** Deletes an event, unless another process has claimed it. */
  remove(event: Event): Promise<void>;
  /** Postpones an event, unless another process has claimed it. */
  postpone(event: Event, delay: { seconds: number }): Promise<void>;
  /** Ids of the event, for logs and traces. */
  describe(event: Event): Record<string, string>;
  log: Log;
  clock?: Clock;
}

function failureOf({ status }: PeerProblem): 'unavailable' | 'invalid' | 'rejected' {
  if (status === undefined || [502, 503, 504].includes(status)) return 'unavailable';
  return [400, 413, 415, 422].includes(status) ? 'invalid' : 'rejected';
}

/**
 * Delivers events that are stored in the transaction of the change that they report, at least once.
 *
 * While the receiver is unavailable, there is one attempt after each pause. An invalid event is logged and dropped. An
 * event that is rejected for another reason, such as a busy tenant, is postponed and does not block others.
 */
export function createOutbox<Event extends { attempts: number }>(
  options: OutboxOptions<Event>,
): RecurringWork {
  const { name, log, clock } = options;

  /** @throws PeerProblem when the receiver is unavailable */
  async function handleFailure(event: Event, error: unknown, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return options.postpone(event, { seconds: 0 });
    if (!(error instanceof PeerProblem)) throw error;
    const failure = failureOf(error);
    if (failure === 'invalid') {
      log.error({ err: error, ...options.describe(event) }, 'invalid event dropped');
      return options.remove(event);
    }
    if (failure === 'rejected') {
      log.warn({ err: error.message, ...options.describe(event) }, 'rejected event postponed');
      return options.postpone(event, { seconds: backoffMs(rejectedBackoff, event.attempts) / 1_000 });
    }
    await options.postpone(event, { seconds: 0 });
    throw error;
  }

  async function deliver(event: Event, signal: AbortSignal): Promise<void> {
    await withSpan(name, { attributes: options.describe(event) }, async () => {
      try {
        await options.send(event, signal);
      } catch (error) {
        return handleFailure(event, error, signal);
      }
      await options.remove(event);
    });
  }

  return createRecurringWork({
    name,
    log,
    ...(clock ? { clock } : {}),
    work: (signal) =>
      workOnClaims({ claim: () => options.claim({ leaseSeconds }), attempt: deliver }, signal),
  });
}
