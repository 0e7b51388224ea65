import { redact } from '../../../evidence/redact.ts';
import type { Exchange } from './http.ts';

/** Most characters of one body that the evidence keeps. */
const keptBodyLength = 16_384;
/** Most exchanges that the evidence keeps in full; the beginning and the end tell the story. */
const keptExchanges = 200;

export interface RecordedRequest {
  method: string;
  url: string;
  from: string;
  headers: Readonly<Record<string, string | readonly string[]>>;
  body: unknown;
}

type Outcome = { answer: Exchange } | { failure: string };

interface Entry {
  atMs: number;
  request: RecordedRequest;
  outcome?: Outcome;
}

/** Every exchange of one check in the order of sending, kept even when no answer came. */
export class ExchangeRecord {
  readonly #startedAt = performance.now();
  readonly #entries: Entry[] = [];

  /** Notes a request before it is sent; the answer is added when it is there. */
  sending(request: RecordedRequest): (outcome: Outcome) => void {
    const entry: Entry = { atMs: performance.now() - this.#startedAt, request };
    this.#entries.push(entry);
    return (outcome) => {
      entry.outcome = outcome;
    };
  }

  /** JSON text without secrets, or undefined when nothing was sent. */
  toJson(traceId: string): string | undefined {
    if (this.#entries.length === 0) return undefined;
    const half = keptExchanges / 2;
    const omitted = Math.max(0, this.#entries.length - keptExchanges);
    const kept =
      omitted > 0 ? [...this.#entries.slice(0, half), ...this.#entries.slice(-half)] : this.#entries;
    const exchanges = kept.map(({ atMs, request, outcome }) => ({
      atMs: Math.round(atMs),
      request: { ...request, body: shorten(request.body) },
      ...toAnswer(outcome),
    }));
    const content = { traceId, sent: this.#entries.length, omittedInTheMiddle: omitted, exchanges };
    return `${JSON.stringify(redact(content), null, 2)}\n`;
  }
}

function toAnswer(outcome: Outcome | undefined): Record<string, unknown> {
  if (outcome === undefined) return { failure: 'not finished when the check ended' };
  if ('failure' in outcome) return outcome;
  const { status, headers, json, text, durationMs, truncated } = outcome.answer;
  const body = json !== undefined && text.length <= keptBodyLength ? json : shorten(text);
  return { answer: { status, headers, body, truncated, durationMs: Math.round(durationMs * 10) / 10 } };
}

function shorten(body: unknown): unknown {
  if (body instanceof Uint8Array) return `<${body.byteLength} bytes>`;
  const text = typeof body === 'string' ? body : (JSON.stringify(body) ?? '');
  if (text.length <= keptBodyLength) return body;
  return `${text.slice(0, keptBodyLength)} … (${text.length - keptBodyLength} more characters)`;
}
