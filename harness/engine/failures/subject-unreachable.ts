import { ProductFailure } from './product-failure.ts';

/** No usable answer came from the system under test: refused, reset, or silent for too long. */
export class SubjectUnreachable extends ProductFailure {
  /** Where the answer was expected from, e.g. `gateway at http://127.0.0.1:40123`. */
  readonly address: string;
  /** The transport's code, e.g. `ECONNREFUSED`. */
  readonly code: string;

  constructor(options: { address: string; code: string; doing: string; cause?: unknown }) {
    const why = meaning[options.code];
    super(`${options.doing}: no answer from ${options.address} (${options.code}${why ? `, ${why}` : ''})`, {
      cause: options.cause,
    });
    this.address = options.address;
    this.code = options.code;
  }
}

const meaning: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection closed while sending',
  ETIMEDOUT: 'timed out',
  UND_ERR_SOCKET: 'connection closed before the answer was complete',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped halfway',
};
