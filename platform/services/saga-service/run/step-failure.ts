/** A step or its compensation did not succeed; the message says why, for who started the saga. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure';
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  /** HTTP status of the peer's answer; undefined when there was none. */
  readonly status: number | undefined;

  constructor(message: string, options: { retryable: boolean; status?: number; cause?: unknown }) {
    // Peers' words, kept as text: PostgreSQL stores no NUL, and a page of words helps nobody.
    super(message.replaceAll('\u0000', '').slice(0, 2_000), { cause: options.cause });
    this.retryable = options.retryable;
    this.status = options.status;
  }
}
