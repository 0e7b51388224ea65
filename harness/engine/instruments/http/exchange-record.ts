import { redact } from '../../../evidence/redact.ts';
import type { Exchange } from './http.ts';

/** Maximum length of one body in the evidence, characters. */
const maxBodyLength = 16_384;
/** Maximum number of exchanges in the evidence; of more, it keeps the first and the last. */
const maxExchanges = 200;

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
  request: RecordedRequest;
  result?: Result;
}

/** Every exchange of one check in the order of sending, including requests without a response. */
export class ExchangeRecord {
  readonly #startedAt = performance.now();
  readonly #entries: Entry[] = [];

  /** Records a request before it is sent; call the returned function with its result. */
  sending(request: RecordedRequest): (result: Result) => void {
    const entry: Entry = { atMs: performance.now() - this.#startedAt, request };
    this.#entries.push(entry);
    return (result) => {
      entry.result = result;
    };
  }

  /** JSON text without secrets, or undefined when nothing was sent. */
  toJson(traceId: string): string | undefined {
    if (this.#entries.length === 0) return undefined;
    const half = maxExchanges / 2;
    const omitted = Math.max(0, this.#entries.length - maxExchanges);
    const kept =
      omitted > 0 ? [...this.#entries.slice(0, half), ...this.#entries.slice(-half)] : this.#entries;
    const exchanges = kept.map(({ atMs, request, result }) => ({
      atMs: Math.round(atMs),
      request: { ...request, body: shorten(request.body) },
      ...toJsonResult(result),
    }));
    const content = { traceId, sent: this.#entries.length, omittedInTheMiddle: omitted, exchanges };
    return `${JSON.stringify(redact(content), null, 2)}\n`;
  }
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
