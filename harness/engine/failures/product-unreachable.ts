import { ProductFailure } from './product-failure.ts';

/** No usable response came from the system under test: connection refused or reset, or no response in time. */
export class ProductUnreachable extends ProductFailure {
  /** Address that did not respond, e.g. `gateway at http://127.0.0.1:40123`. */
  readonly address: string;
  /** The transport's code, e.g. `ECONNREFUSED`. */
  readonly code: string;

  constructor(options: { address: string; code: string; doing: string; cause?: unknown }) {
    const why = meaning[options.code];
    super(`${options.doing}: no response from ${options.address} (${options.code}${why ? `, ${why}` : ''})`, {
      cause: options.cause,
    });
    this.address = options.address;
    this.code = options.code;
  }
}

const meaning: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  WS_HANDSHAKE: 'the WebSocket handshake failed',
  EPIPE: 'connection closed while sending',
  ETIMEDOUT: 'timed out',
  UND_ERR_SOCKET: 'connection closed before the response was complete',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
  UND_ERR_HEADERS_TIMEOUT: 'no response in time',
  UND_ERR_BODY_TIMEOUT: 'the response stopped halfway',
};
