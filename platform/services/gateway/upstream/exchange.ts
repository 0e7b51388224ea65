import type { Readable } from 'node:stream';

/** A request for a service. */
export interface UpstreamRequest {
  method: string;
  /** Request target at the service. */
  target: string;
  /** Names and values in turn. */
  headers: readonly string[];
  body: Readable | undefined;
  /** Milliseconds until the first byte of the answer. */
  timeoutMs: number;
  /** Milliseconds that a begun answer may be silent. */
  silenceMs: number;
}

/** A header sent more than once has a list. */
export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** Takes a service's answer as it comes. Ends with exactly one of `onEnd` and `onError`. */
export interface AnswerHandler {
  /** @param headers names in lower case */
  onHead(status: number, headers: AnswerHeaders): void;
  /** The bytes are good during this call only. False asks for a pause. */
  onData(chunk: Buffer): boolean;
  onEnd(): void;
  onError(error: Error): void;
}

/** A request under way. */
export interface Exchange {
  /** Goes on after a pause. */
  resume(): void;
  /** Gives up; the handler is told by an AbortedError. */
  abort(): void;
}

/** The service did not answer, or not go on answering, in time. */
export class LateAnswerError extends Error {
  override readonly name = 'LateAnswerError';
}

/** The request was given up from this side. */
export class AbortedError extends Error {
  override readonly name = 'AbortedError';
}
