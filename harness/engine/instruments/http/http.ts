import type { ServiceName } from '../../../../platform/contracts/service.ts';

/** One request with its answer, as a check sees it and as the evidence keeps it (secrets redacted there). */
export interface Exchange {
  method: string;
  url: string;
  status: number;
  /** Names in lower case. A header sent more than once is joined with a comma, `set-cookie` with a line feed. */
  headers: Readonly<Record<string, string>>;
  /** Parsed when the content type is JSON, else undefined. */
  json: unknown;
  /** The body as UTF-8, at most its first 1 MiB. */
  text: string;
  /** Whether the body went on after what `text` holds. */
  truncated: boolean;
  durationMs: number;
}

export interface RequestOptions {
  method?: string;
  /** Sent as JSON unless it is a string or bytes. */
  body?: unknown;
  /** A list holds the same header several times. */
  headers?: Record<string, string | readonly string[]>;
  /** Access token, sent as `Authorization: Bearer`. */
  token?: string;
  /** Source address to send from, e.g. an account's own; default is one that belongs to the check alone. */
  from?: string;
  /** Longest silence of the other side before it counts as unreachable, milliseconds; default 10,000. */
  timeoutMs?: number;
  /** Hang up once status and headers are there, for answers that go on for ever (event streams); default false. */
  headersOnly?: boolean;
}

export interface HttpInstrument {
  /**
   * Sends one request to a service of the platform and returns the answer, whatever its status. The path is
   * sent as it is, without tidying up dots or slashes. Redirects are not followed.
   * @throws SubjectUnreachable when no HTTP answer arrives (refused, reset, timed out).
   */
  request(service: ServiceName, path: string, options?: RequestOptions): Promise<Exchange>;
}
