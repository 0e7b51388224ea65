import type { ServiceName } from '../../../../platform/contracts/service.ts';

/** One request with its response, as a check sees it; the evidence keeps it with secrets redacted. */
export interface Exchange {
  method: string;
  url: string;
  status: number;
  /** Names in lower case. Repeated headers are joined with a comma, `set-cookie` with a line feed. */
  headers: Readonly<Record<string, string>>;
  /** Parsed when the content type is JSON, else undefined. */
  json: unknown;
  /** The first 1 MiB of the body as UTF-8. */
  text: string;
  /** Whether the body is longer than `text`. */
  truncated: boolean;
  /** The whole body, where the request asks for it. */
  digest?: BodyDigest;
  durationMs: number;
}

/** What was received of a body of any size. */
export interface BodyDigest {
  bytes: number;
  /** SHA-256 in hexadecimal. */
  sha256: string;
}

export interface RequestOptions {
  method?: string;
  /** Base URL of another process of the service; default: the service's address. */
  at?: string;
  /** Sent as JSON unless it is a string or bytes. */
  body?: unknown;
  /** A list sends the same header several times. */
  headers?: Record<string, string | readonly string[]>;
  /** Access token, sent as `Authorization: Bearer`. */
  token?: string;
  /** Source address, e.g. an account's own; default: the check's own address. */
  from?: string;
  /** Maximum time without data from the server before it counts as unreachable, milliseconds; default 10,000. */
  timeoutMs?: number;
  /** Disconnect after status and headers, for responses that never end (event streams); default false. */
  headersOnly?: boolean;
  /** Maximum size of the body that is read, bytes; default 1 MiB. The rest is not read, and `truncated` is true. */
  maxBodyBytes?: number;
  /** Read the whole body, of which `text` has the start, and return its size and hash; default false. */
  digest?: boolean;
}

export interface HttpInstrument {
  /**
   * Sends one request to a service of the platform and returns the response with any status. The path is sent
   * unchanged, with its dots and slashes. Redirects are not followed.
   * @throws ProductUnreachable when no HTTP response arrives (connection refused or reset, timeout).
   */
  request(service: ServiceName, path: string, options?: RequestOptions): Promise<Exchange>;
}
