export type BreakerState = 'closed' | 'open' | 'half-open';

export interface BreakerOptions {
  /** Failures in a row that open the circuit. */
  failuresToOpen: number;
  /** How long it stays open at first, milliseconds; doubled each time the trial fails, up to `maxOpenMs`. */
  openMs: number;
  maxOpenMs: number;
  /** Milliseconds of a clock that never goes back. */
  now: () => number;
  onChange?: (state: BreakerState) => void;
}

/**
 * Protects a failing service. After a number of failures in a row, requests are rejected at once, until one trial
 * request (half-open) gets a response. A failure is a missing response, not an error response: one broken route must
 * not block the others.
 */
export interface CircuitBreaker {
  readonly state: BreakerState;
  /**
   * Whether a request may be sent. 0 means yes; `succeeded`, `failed` or `abandoned` must follow. Any other number is
   * the time after which to try again, milliseconds.
   */
  admit(): number;
  succeeded(): void;
  failed(): void;
  /** The request ended without saying anything about the service, for example because the client disconnected. */
  abandoned(): void;
}

/** How long other requests must wait while the trial request is running, milliseconds. */
const trialWaitMs = 1_000;

export function createCircuitBreaker(options: BreakerOptions): CircuitBreaker {
  let state: BreakerState = 'closed';
  let failures = 0;
  let openMs = options.openMs;
  let openUntil = 0;
  let trialRunning = false;

  function change(next: BreakerState): void {
    if (state === next) return;
    state = next;
    options.onChange?.(next);
  }

  return {
    get state() {
      return state;
    },
    admit() {
      if (state === 'closed') return 0;
      const wait = openUntil - options.now();
      if (wait > 0) return wait;
      if (trialRunning) return trialWaitMs;
      trialRunning = true;
      change('half-open');
      return 0;
    },
    succeeded() {
      failures = 0;
      if (state === 'closed') return;
      // A response to a request sent before the circuit opened proves as much as the trial's.
      trialRunning = false;
      openMs = options.openMs;
      change('closed');
    },
    failed() {
      failures += 1;
      if (state === 'open' || (state === 'closed' && failures < options.failuresToOpen)) return;
      if (state === 'half-open') openMs = Math.min(openMs * 2, options.maxOpenMs);
      trialRunning = false;
      openUntil = options.now() + openMs;
      change('open');
    },
    abandoned() {
      if (state === 'half-open') trialRunning = false;
    },
  };
}
