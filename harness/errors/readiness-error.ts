import { type ErrorCode, type ErrorDefinition, errorTable, type HintedErrorCode } from './error-table.ts';
import type { ExitCode } from './exit-code.ts';

interface Details {
  /** How to fix it; default: the hint of the error table. */
  hint?: string;
  cause?: unknown;
}

/** An expected failure. Its message says what happened and where; the error table gives the exit code. */
export class ReadinessError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly exitCode: ExitCode;

  constructor(code: HintedErrorCode, message: string, details?: Details);
  constructor(code: ErrorCode, message: string, details: Details & { hint: string });
  constructor(code: ErrorCode, message: string, { hint, cause }: Details = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ReadinessError';
    this.code = code;
    const definition: ErrorDefinition = errorTable[code];
    this.hint = hint ?? definition.hint ?? '';
    this.exitCode = definition.exitCode;
  }
}
