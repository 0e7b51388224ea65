import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { type SeenSpan, spansOf, TraceExport } from './span.ts';

/** Receives the services' spans, so that checks can look at traces without a collector. */
export interface SpanReceiver extends AsyncDisposable {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly endpoint: string;
  /**
   * The spans of a trace once `complete` holds for them, or whatever had arrived when the time was over.
   * @param options.limitMs longest wait for the services to send, milliseconds
   */
  trace(
    traceId: string,
    options: { complete(spans: readonly SeenSpan[]): boolean; limitMs: number; signal: AbortSignal },
  ): Promise<readonly SeenSpan[]>;
}

/** Most bytes of one export. */
const maxBytes = 16 * 1024 * 1024;
/** Most traces kept; the oldest go first. */
const maxTraces = 5_000;

/** Listens on a free port of the loopback interface for OTLP/HTTP in JSON. */
export async function openSpanReceiver(): Promise<SpanReceiver> {
  const traces = new Map<string, SeenSpan[]>();
  const waiting = new Set<() => void>();

  const keep = (span: SeenSpan): void => {
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
      for (const span of spansOf(sent)) keep(span);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      for (const look of waiting) look();
    } catch (error) {
      response.writeHead(400).end(String(error));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    endpoint: `http://127.0.0.1:${port}`,
    async trace(traceId, { complete, limitMs, signal }) {
      const seen = (): readonly SeenSpan[] => traces.get(traceId) ?? [];
      const { promise, resolve } = Promise.withResolvers<void>();
      const look = (): void => {
        if (complete(seen())) resolve();
      };
      const timer = setTimeout(resolve, limitMs);
      signal.addEventListener('abort', () => resolve(), { once: true });
      waiting.add(look);
      look();
      await promise;
      waiting.delete(look);
      clearTimeout(timer);
      return [...seen()];
    },
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
