import {
  type Attributes,
  INVALID_SPAN_CONTEXT,
  ProxyTracerProvider,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { currentScope, runInScope } from '../service/scope.ts';
import { formatTraceparent } from './trace-context.ts';

export { SpanKind };

export interface SpanOptions {
  kind?: SpanKind;
  attributes?: Attributes;
  /** Parent of the span. Default: the span of the current scope; `null` starts a trace. */
  parent?: SpanContext | null;
}

const instrumentation = 'pyairtable-kit';

/** The tracer provider that is active before one is set. */
const noopProvider = new ProxyTracerProvider().getDelegate();

/** Whether spans are recorded. If not, callers need not describe them. */
export function isRecorded(): boolean {
  const provider = trace.getTracerProvider();
  return !(provider instanceof ProxyTracerProvider) || provider.getDelegate() !== noopProvider;
}

/**
 * Starts a span in the current scope. Without an exporter the span records nothing and carries the parent's ids, so the
 * trace continues through this process without a gap.
 */
export function startSpan(name: string, options: SpanOptions = {}): Span {
  const parent = options.parent === undefined ? currentScope()?.span : options.parent;
  // The library would return the same span, but slower: this runs for every request and query.
  if (!isRecorded()) return trace.wrapSpanContext(parent ?? INVALID_SPAN_CONTEXT);
  return trace.getTracer(instrumentation).startSpan(
    name,
    {
      kind: options.kind ?? SpanKind.INTERNAL,
      ...(options.attributes ? { attributes: options.attributes } : {}),
    },
    parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT,
  );
}

/** Marks a span as failed. It leaves out the error's message: those of database errors can contain values. */
export function failSpan(span: Span, error: unknown): void {
  const type = error instanceof Error ? error.name : typeof error;
  const code = (error as { code?: unknown })?.code;
  span.setStatus({ code: SpanStatusCode.ERROR, message: type });
  span.setAttribute('error.type', typeof code === 'string' ? code : type);
}

/**
 * Runs work inside a span. Spans and peer calls that the work starts become its children. A thrown error marks the span
 * as failed and is rethrown.
 */
export async function withSpan<T>(
  name: string,
  options: SpanOptions,
  work: (span: Span) => Promise<T>,
): Promise<T> {
  const span = startSpan(name, options);
  if (!span.isRecording()) return work(span);
  const scope = currentScope();
  try {
    if (scope === undefined) return await work(span);
    return await runInScope({ ...scope, span: span.spanContext() }, () => work(span));
  } catch (error) {
    failSpan(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/**
 * The trace header of an outgoing request: from `span` if it has a trace, else from the current scope. Set it, never
 * append it: two `traceparent` headers break the trace at the receiver.
 */
export function traceHeaders(span?: SpanContext): { traceparent?: string } {
  const source = span && trace.isSpanContextValid(span) ? span : currentScope()?.span;
  return source === undefined ? {} : { traceparent: formatTraceparent(source) };
}
