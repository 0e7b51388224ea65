import type { ExitCode } from './exit-code.ts';

/**
 * An expected failure: says what happened and where, how to mend it, and which exit code follows.
 * `lastObservation` is what was seen last before giving up.
 */
export class ReadinessError extends Error {
  readonly code: string;
  readonly hint: string;
  readonly exitCode: ExitCode;
  readonly lastObservation: string | undefined;

  constructor(
    code: string,
    message: string,
    options: { hint: string; exitCode: ExitCode; lastObservation?: string; cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ReadinessError';
    this.code = code;
    this.hint = options.hint;
    this.exitCode = options.exitCode;
    this.lastObservation = options.lastObservation;
  }
}
