import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { timeLimit } from '../../../async/time-limit.ts';
import { type Span, spansOf, TraceExport } from '../../../telemetry/span.ts';
import type { TraceSource } from '../../../telemetry/span-receiver.ts';
import { type SourceAccess, sourceHeaders } from './source-access.ts';

/** Pause between two requests, milliseconds. */
const pauseMs = 250;
/** Minimum time limit of a wait, milliseconds: collectors send spans in batches, and Tempo needs time to index them. */
const minLimitMs = 10_000;

const kinds = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'];
const statuses = ['UNSET', 'OK', 'ERROR'];

/** Tempo before and since its second trace API. */
const TempoTrace = z.union([
  z.object({ trace: z.object({ resourceSpans: z.array(z.unknown()) }) }).transform(({ trace }) => trace),
  z.object({ batches: z.array(z.unknown()) }).transform(({ batches }) => ({ resourceSpans: batches })),
]);

/** Reads traces from Tempo by `GET /api/traces/<id>`, until they are complete. */
export function openTempoTraces(access: SourceAccess): TraceSource {
  const read = new Map<string, readonly Span[]>();
  return {
    // Tempo cannot list them: those that were read.
    all: () => [...read.values()].flat(),
    async trace(traceId, { complete, limitMs, signal }) {
      using limit = timeLimit(Math.max(limitMs, minLimitMs));
      const ended = AbortSignal.any([signal, limit.signal]);
      let spans = spansOf({ resourceSpans: [] });
      while (!ended.aborted) {
        const trace = await readTrace(access, traceId, ended);
        if (trace) spans = spansOf(trace);
        if (complete(spans)) break;
        await delay(pauseMs, undefined, { signal: ended }).catch(() => undefined);
      }
      read.set(traceId, spans);
      return spans;
    },
  };
}

/**
 * Undefined while Tempo does not know the trace, or does not respond.
 * @throws Error for a response that is no trace
 */
async function readTrace(
  access: SourceAccess,
  traceId: string,
  signal: AbortSignal,
): Promise<TraceExport | undefined> {
  const response = await fetch(`${access.url}/api/traces/${traceId}`, {
    headers: sourceHeaders(access),
    signal,
  }).catch(() => undefined);
  if (response?.status !== 200) return undefined;
  const { resourceSpans } = TempoTrace.parse(await response.json());
  return TraceExport.parse({ resourceSpans: resourceSpans.map((one) => withNumbersAndHex(one)) });
}

/** Protobuf's own JSON has names for numbers and base64 for ids, unlike OTLP's. */
function withNumbersAndHex(value: unknown, name?: string): unknown {
  if (Array.isArray(value)) return value.map((item) => withNumbersAndHex(item));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, withNumbersAndHex(item, key)]),
    );
  if (typeof value !== 'string') return value;
  if (name === 'traceId' || name === 'spanId' || name === 'parentSpanId') return hexId(value);
  if (name === 'kind') return Math.max(0, kinds.indexOf(value.replace('SPAN_KIND_', '')));
  if (name === 'code') return Math.max(0, statuses.indexOf(value.replace('STATUS_CODE_', '')));
  return value;
}

/** Ids have 8 or 16 bytes: 16 or 32 digits in hexadecimal, 12 or 24 characters in base64. */
function hexId(id: string): string {
  return /^([0-9a-f]{16}|[0-9a-f]{32})$/i.test(id) ? id : Buffer.from(id, 'base64').toString('hex');
}
