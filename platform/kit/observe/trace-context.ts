import { randomFillSync } from 'node:crypto';
import type { SpanContext } from '@opentelemetry/api';

const sampled = 1;
const pattern = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const zeroTrace = '0'.repeat(32);
const zeroSpan = '0'.repeat(16);

/**
 * Parses a W3C `traceparent` header. Undefined when it is absent or invalid, which starts a new trace. Two headers
 * joined by a comma are invalid, as the specification demands.
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

/** The header value that makes the receiver's span a child of `span`. */
export function formatTraceparent(span: SpanContext): string {
  return `00-${span.traceId}-${span.spanId}-${(span.traceFlags & sampled) === sampled ? '01' : '00'}`;
}

/** Random bytes per system call: a call for each id would cost more than the rest of making it. */
const poolBytes = 4096;

/** Returns a generator of random lower-case hex digits. */
function hexSource(): (digits: number) => string {
  const bytes = Buffer.allocUnsafeSlow(poolBytes);
  let pool = '';
  let next = 0;
  return (digits) => {
    if (next + digits > pool.length) {
      pool = randomFillSync(bytes).toString('hex');
      next = 0;
    }
    next += digits;
    return pool.slice(next - digits, next);
  };
}

const randomHex = hexSource();

/** Creates a span context in a new trace. */
export function newSpanContext(): SpanContext {
  return { traceId: randomHex(32), spanId: randomHex(16), traceFlags: sampled };
}
