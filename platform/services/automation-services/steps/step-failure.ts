export interface StepFailureOptions {
  /** Whether another attempt may go better and does no harm. Default false. */
  retry?: boolean;
  /** How long the other side asked to wait, milliseconds. */
  retryAfterMs?: number;
  cause?: unknown;
}

/** A step cannot do its work; the message is for whoever reads the execution. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure';
  readonly retry: boolean;
  readonly retryAfterMs: number;

  constructor(message: string, options: StepFailureOptions = {}) {
    super(message, { cause: options.cause });
    this.retry = options.retry ?? false;
    this.retryAfterMs = options.retryAfterMs ?? 0;
  }
}
