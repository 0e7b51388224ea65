import type { ServiceResponses } from '../../../evidence/facts.ts';
import { redact } from '../../../evidence/redact.ts';
import type { Exchange } from './http.ts';

/** Maximum length of one body in the evidence, characters. */
const maxBodyLength = 16_384;
/** Maximum number of exchanges in the evidence from the beginning of a check, and from its end. */
const keptAtEachEnd = 100;

export interface RecordedRequest {
  method: string;
  url: string;
  from: string;
  headers: Readonly<Record<string, string | readonly string[]>>;
  body: unknown;
}

type Result = { response: Exchange } | { failure: string };

interface Entry {
  atMs: number;
  /** The service that was called. */
  service: string;
  request: RecordedRequest;
  result?: Result;
}

/**
 * The exchanges of one check in the order of sending, including requests without a response. It keeps no more of them
 * than the evidence has, and the counts of all.
 */
export class ExchangeRecord {
  readonly #startedAt = performance.now();
  readonly #first: Entry[] = [];
  readonly #last: Entry[] = [];
  #sent = 0;
  readonly #responses = new Map<string, ServiceResponses>();

  /** Records a request before it is sent; call the returned function with its result. */
  sending(request: RecordedRequest, service: string): (result: Result) => void {
    const entry: Entry = { atMs: performance.now() - this.#startedAt, service, request };
    this.#sent += 1;
    if (this.#first.length < keptAtEachEnd) this.#first.push(entry);
    else {
      this.#last.push(entry);
      if (this.#last.length > keptAtEachEnd) this.#last.shift();
    }
    return (result) => {
      entry.result = result;
      this.#count(entry, result);
    };
  }

  #count({ service: called, request }: Entry, result: Result): void {
    const service = ('response' in result && result.response.headers['x-served-by']) || called;
    const seen = this.#responses.get(service) ?? { service, total: 0, failed: 0 };
    const problem = 'failure' in result ? result.failure : serverError(result.response.status);
    const failure = problem && `${request.method} ${pathOf(request.url)}: ${problem}`;
    this.#responses.set(service, {
      ...seen,
      total: seen.total + 1,
      ...(failure ? { failed: seen.failed + 1, example: seen.example ?? failure } : {}),
    });
  }

  /**
   * The responses by the service that sent them; requests without one count for the service that was called. The example
   * is the request that failed first.
   */
  responses(): ServiceResponses[] {
    return [...this.#responses.values()].sort((left, right) => (left.service < right.service ? -1 : 1));
  }

  /** JSON text without secrets, or undefined when nothing was sent. */
  toJson(traceId: string): string | undefined {
    if (this.#sent === 0) return undefined;
    const kept = [...this.#first, ...this.#last];
    const exchanges = kept.map(({ atMs, request, result }) => ({
      atMs: Math.round(atMs),
      request: { ...request, body: shorten(request.body) },
      ...toJsonResult(result),
    }));
    const content = {
      traceId,
      sent: this.#sent,
      omittedInTheMiddle: this.#sent - kept.length,
      exchanges,
    };
    return `${JSON.stringify(redact(content), null, 2)}\n`;
  }
}

/** 501 says that a route is missing. That is a finding about the route, not about the service. */
function serverError(status: number): string | undefined {
  return status >= 500 && status !== 501 ? String(status) : undefined;
}

/** Without the query, which may have secrets. */
function pathOf(url: string): string {
  return URL.parse(url)?.pathname ?? url;
}

function toJsonResult(result: Result | undefined): Record<string, unknown> {
  if (result === undefined) return { failure: 'not finished when the check ended' };
  if ('failure' in result) return result;
  const { status, headers, json, text, durationMs, truncated } = result.response;
  const body = json !== undefined && text.length <= maxBodyLength ? json : shorten(text);
  return { response: { status, headers, body, truncated, durationMs: Math.round(durationMs * 10) / 10 } };
}

function shorten(body: unknown): unknown {
  if (body instanceof Uint8Array) return `<${body.byteLength} bytes>`;
  const text = typeof body === 'string' ? body : (JSON.stringify(body) ?? '');
  if (text.length <= maxBodyLength) return body;
  return `${text.slice(0, maxBodyLength)} … (${text.length - maxBodyLength} more characters)`;
}
