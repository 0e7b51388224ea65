import { randomBytes } from 'node:crypto';
import type { SpanContext } from '@opentelemetry/api';

const sampled = 1;
const pattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const zeroTrace = '0'.repeat(32);
const zeroSpan = '0'.repeat(16);

/**
 * Reads a W3C `traceparent` header; undefined when it is absent or invalid, which starts a new trace.
 * Two headers joined by a comma are invalid, as the specification demands.
 */
export function parseTraceparent(header: string | string[] | undefined): SpanContext | undefined {
  if (typeof header !== 'string') return undefined;
  const match = pattern.exec(header);
  if (match === null) return undefined;
  const [, version, traceId = '', spanId = '', flags = '', rest] = match;
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (traceId === zeroTrace || spanId === zeroSpan) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & sampled, isRemote: true };
}

/** The header that makes the next process a child of `span`. */
export function formatTraceparent(span: SpanContext): string {
  return `00-${span.traceId}-${span.spanId}-${(span.traceFlags & sampled) === sampled ? '01' : '00'}`;
}

/** A context in a trace of its own. */
export function newSpanContext(): SpanContext {
  const bytes = randomBytes(24).toString('hex');
  return { traceId: bytes.slice(0, 32), spanId: bytes.slice(32), traceFlags: sampled };
}
