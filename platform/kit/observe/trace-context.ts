import { randomFillSync } from 'node:crypto';
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

/** Bytes drawn at once: asking the system for each id would cost more than everything else about it. */
const drawnBytes = 4096;

/** Gives random lower-case hex digits. */
function hexSource(): (digits: number) => string {
  const bytes = Buffer.allocUnsafeSlow(drawnBytes);
  let drawn = '';
  let next = 0;
  return (digits) => {
    if (next + digits > drawn.length) {
      drawn = randomFillSync(bytes).toString('hex');
      next = 0;
    }
    next += digits;
    return drawn.slice(next - digits, next);
  };
}

const randomHex = hexSource();

/** A context in a trace of its own. */
export function newSpanContext(): SpanContext {
  return { traceId: randomHex(32), spanId: randomHex(16), traceFlags: sampled };
}
