import { z } from 'zod';

/** One finished span, as received from a service. */
export interface Span {
  traceId: string;
  spanId: string;
  /** Absent for the first span of a trace. */
  parentSpanId?: string;
  service: string;
  name: string;
  kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  startMs: number;
  endMs: number;
  failed: boolean;
  attributes: Readonly<Record<string, string | number | boolean>>;
}

const AnyValue = z.object({
  stringValue: z.string().optional(),
  intValue: z.union([z.string(), z.number()]).optional(),
  doubleValue: z.number().optional(),
  boolValue: z.boolean().optional(),
});
const Attributes = z.array(z.object({ key: z.string(), value: AnyValue })).default([]);
const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`, 'i'));
const Nanoseconds = z.union([z.string(), z.number()]);

/** The used part of OTLP/HTTP JSON (opentelemetry-proto, trace/v1, JSON mapping). */
export const TraceExport = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: Attributes }).optional(),
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              traceId: hex(32),
              spanId: hex(16),
              parentSpanId: z.string().optional(),
              name: z.string(),
              kind: z.number().optional(),
              startTimeUnixNano: Nanoseconds,
              endTimeUnixNano: Nanoseconds,
              attributes: Attributes,
              status: z.object({ code: z.number().optional() }).optional(),
            }),
          ),
        }),
      ),
    }),
  ),
});
export type TraceExport = z.infer<typeof TraceExport>;

/** Span kinds by their OTLP numbers, 1 to 5; any other number counts as internal. */
const kinds = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
/** OTLP's status code of an error. */
const errorStatus = 2;

/** All spans of an export, with the service that sent them. */
export function spansOf(sent: TraceExport): Span[] {
  return sent.resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(plain(resource?.attributes ?? [])['service.name'] ?? 'unknown');
    return scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        traceId: span.traceId.toLowerCase(),
        spanId: span.spanId.toLowerCase(),
        ...(span.parentSpanId ? { parentSpanId: span.parentSpanId.toLowerCase() } : {}),
        service,
        name: span.name,
        kind: kinds[span.kind ?? 0] ?? 'internal',
        startMs: Number(span.startTimeUnixNano) / 1e6,
        endMs: Number(span.endTimeUnixNano) / 1e6,
        failed: span.status?.code === errorStatus,
        attributes: plain(span.attributes),
      })),
    );
  });
}

function plain(attributes: z.infer<typeof Attributes>): Record<string, string | number | boolean> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ?? value.boolValue ?? value.doubleValue ?? Number(value.intValue ?? 0),
    ]),
  );
}
