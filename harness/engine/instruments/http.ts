import type { ServiceName } from '../../../platform/contracts/service.ts';

/** One request with its answer, as a check sees it and as the evidence keeps it (secrets redacted there). */
export interface Exchange {
  method: string;
  url: string;
  status: number;
  headers: Readonly<Record<string, string>>;
  /** Parsed when the content type is JSON, else undefined. */
  json: unknown;
  text: string;
  durationMs: number;
}

export interface RequestOptions {
  method?: string;
  /** Sent as JSON unless it is a string or bytes. */
  body?: unknown;
  headers?: Record<string, string>;
  /** Access token, sent as `Authorization: Bearer`. */
  token?: string;
  /** Source address to send from, e.g. an account's own. */
  from?: string;
}

export interface HttpInstrument {
  /**
   * Sends one request to a service of the platform and returns the answer, whatever its status.
   * @throws SubjectUnreachable when no HTTP answer arrives (refused, reset, timed out).
   */
  request(service: ServiceName, path: string, options?: RequestOptions): Promise<Exchange>;
}
