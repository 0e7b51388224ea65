import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { raceAbort } from '../async/race-abort.ts';
import { timeLimit } from '../async/time-limit.ts';
import { type Span, spansOf, TraceExport } from './span.ts';

/** Where checks find the spans of the services. */
export interface TraceSource {
  /**
   * Returns the spans of a trace as soon as they are `complete`, or those received when the wait ends.
   * @param options.limitMs maximum wait, milliseconds
   */
  trace(
    traceId: string,
    options: { complete(spans: readonly Span[]): boolean; limitMs: number; signal: AbortSignal },
  ): Promise<readonly Span[]>;
  /** The spans of all traces that are known. */
  all(): readonly Span[];
}

/** Receives the spans of the services: checks can inspect traces without a collector. */
export interface SpanReceiver extends TraceSource, AsyncDisposable {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly endpoint: string;
}

/** Maximum size of one export, bytes. */
const maxBytes = 16 * 1024 * 1024;
/** Maximum number of traces in memory; the oldest are removed. */
const maxTraces = 5_000;

/**
 * Listens for OTLP/HTTP in JSON; default: on a free port of the loopback interface.
 * @throws Error when the address cannot be used, e.g. `EADDRINUSE`
 */
export async function openSpanReceiver(
  address: { host: string; port: number } = { host: '127.0.0.1', port: 0 },
): Promise<SpanReceiver> {
  const traces = new Map<string, Span[]>();
  const listeners = new Set<() => void>();

  const store = (span: Span): void => {
    const spans = traces.get(span.traceId) ?? [];
    spans.push(span);
    traces.set(span.traceId, spans);
    if (traces.size > maxTraces) traces.delete(traces.keys().next().value as string);
  };

  const server = createServer(async (request, response) => {
    if (request.method !== 'POST' || request.url !== '/v1/traces') {
      response.writeHead(404).end();
      return;
    }
    if (!request.headers['content-type']?.includes('json')) {
      response.writeHead(415).end('Send OTLP/HTTP as JSON.');
      return;
    }
    try {
      const sent = TraceExport.parse(JSON.parse(await read(request)));
      for (const span of spansOf(sent)) store(span);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      for (const received of listeners) received();
    } catch (error) {
      response.writeHead(400).end(String(error));
    }
  });
  server.listen(address.port, address.host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;

  return {
    endpoint: `http://${host}:${port}`,
    async trace(traceId, { complete, limitMs, signal }) {
      const spans = (): readonly Span[] => traces.get(traceId) ?? [];
      const { promise, resolve } = Promise.withResolvers<void>();
      const received = (): void => {
        if (complete(spans())) resolve();
      };
      using limit = timeLimit(limitMs);
      listeners.add(received);
      received();
      await raceAbort(promise, AbortSignal.any([signal, limit.signal])).catch(() => undefined);
      listeners.delete(received);
      return [...spans()];
    },
    all: () => [...traces.values()].flat(),
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > maxBytes) throw new Error('The export is too large.');
    chunks.push(chunk as Buffer);
  }
  const body = Buffer.concat(chunks);
  return (
    request.headers['content-encoding'] === 'gzip' ? gunzipSync(body, { maxOutputLength: maxBytes }) : body
  ).toString('utf8');
}
