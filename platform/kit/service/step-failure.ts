import { storableText } from '../postgres/storable-text.ts';

/** Maximum length of a reason, characters. */
const maxReasonLength = 2_000;

export interface StepFailureOptions {
  /** Whether another attempt is safe and may succeed. Default false. */
  retryable?: boolean;
  /** Delay that the peer asked for, milliseconds. Default 0. */
  retryAfterMs?: number;
  /** HTTP status of the peer's response, if there was one. */
  status?: number;
  cause?: unknown;
}

/** A step of a saga or workflow failed. The message is the reason that its owner reads. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure';
  readonly retryable: boolean;
  readonly retryAfterMs: number;
  readonly status: number | undefined;

  constructor(message: string, options: StepFailureOptions = {}) {
    // The message may quote a peer's response, which is stored with the run.
    super(storableText(message).slice(0, maxReasonLength), { cause: options.cause });
    this.retryable = options.retryable ?? false;
    this.retryAfterMs = options.retryAfterMs ?? 0;
    this.status = options.status;
  }
}
