import { tracingChannel } from 'node:diagnostics_channel';
import { type Span, SpanKind, trace } from '@opentelemetry/api';
import { failSpan, startSpan } from './tracing.ts';

export interface Telemetry {
  readonly enabled: boolean;
  /** Sends the buffered spans and stops. */
  close(): Promise<void>;
}

export interface TelemetryOptions {
  service: string;
  version: string;
  /** Base URL of an OTLP/HTTP receiver. If undefined, nothing is recorded. */
  endpoint: string | undefined;
  /** Share of the traces started here that are recorded, 0 to 1; default 1. */
  ratio?: number;
}

/** Maximum delay of finished spans, which are sent in batches, milliseconds. */
const batchDelayMs = 250;

interface RedisCommand {
  command: string;
  span?: Span;
}

/** Creates client spans from the trace events of ioredis. Returns a function that stops it. */
function traceRedis(): () => void {
  const channel = tracingChannel<RedisCommand, RedisCommand>('ioredis:command');
  const handlers = {
    start(message: RedisCommand) {
      message.span = startSpan(`redis ${message.command}`, {
        kind: SpanKind.CLIENT,
        attributes: { 'db.system.name': 'redis', 'db.operation.name': message.command },
      });
    },
    error(message: RedisCommand & { error: unknown }) {
      if (message.span) failSpan(message.span, message.error);
    },
    asyncEnd(message: RedisCommand) {
      message.span?.end();
    },
    end() {},
    asyncStart() {},
  };
  channel.subscribe(handlers);
  return () => void channel.unsubscribe(handlers);
}

/**
 * Records and exports spans if an endpoint is given. The exporter is loaded only then: its modules would slow down every
 * boot.
 */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  if (options.endpoint === undefined) return { enabled: false, close: async () => {} };
  const [sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({
      'service.name': options.service,
      'service.version': options.version,
    }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(options.ratio ?? 1) }),
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ url: `${options.endpoint}/v1/traces` }),
        scheduledDelayMillis: batchDelayMs,
      }),
    ],
  });
  trace.setGlobalTracerProvider(provider);
  const stopRedis = traceRedis();
  return {
    enabled: true,
    async close() {
      stopRedis();
      await provider.shutdown();
      trace.disable();
    },
  };
}
