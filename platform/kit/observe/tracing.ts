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
  /** Parent of the span; default the scope's span; `null` starts a trace. */
  parent?: SpanContext | null;
}

const instrumentation = 'pyairtable-kit';

/** Who makes spans while nobody has been set to. */
const nobody = new ProxyTracerProvider().getDelegate();

/** Whether spans go anywhere; while they do not, there is no need to describe one. */
export function isRecorded(): boolean {
  const provider = trace.getTracerProvider();
  return !(provider instanceof ProxyTracerProvider) || provider.getDelegate() !== nobody;
}

/**
 * Starts a span below the work in hand. While no exporter is configured the span records nothing and
 * carries the parent's ids, so a trace passes through this process without a gap.
 */
export function startSpan(name: string, options: SpanOptions = {}): Span {
  const parent = options.parent === undefined ? currentScope()?.span : options.parent;
  // The same span as the library would make, without its work: this runs for every request and query.
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

/** Marks a span as failed. Messages of database errors stay out of it: they can hold values. */
export function failSpan(span: Span, error: unknown): void {
  const type = error instanceof Error ? error.name : typeof error;
  const code = (error as { code?: unknown })?.code;
  span.setStatus({ code: SpanStatusCode.ERROR, message: type });
  span.setAttribute('error.type', typeof code === 'string' ? code : type);
}

/**
 * Runs work inside a span; spans and peer calls started by the work become its children.
 * A thrown error marks the span as failed and is thrown on.
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
 * The one trace header for an outgoing request: of `span` when it has a trace, else of the work in hand.
 * Set it, never append it: two `traceparent` headers break the trace at the receiver.
 */
export function traceHeaders(span?: SpanContext): { traceparent?: string } {
  const source = span && trace.isSpanContextValid(span) ? span : currentScope()?.span;
  return source === undefined ? {} : { traceparent: formatTraceparent(source) };
}
