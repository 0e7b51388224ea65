import { formatTraceparent, parseTraceparent } from '../observe/trace-context.ts';
import { withSpan } from '../observe/tracing.ts';
import { backgroundScope, currentScope, runInScope } from '../service/scope.ts';
import type { RunIds } from './durable.ts';

/** The ids that the engine stores of a run: with those of the trace that starts it. */
export function idsWithTrace(ids: RunIds): RunIds {
  const span = currentScope()?.span;
  return span === undefined ? ids : { ...ids, traceparent: formatTraceparent(span) };
}

/** Does the work of a run in the trace that has started it, in whichever process and after any crash. */
export function inTraceOf(
  name: string,
  { traceparent, ...ids }: RunIds,
  work: (ids: RunIds) => Promise<void>,
): Promise<void> {
  const span = parseTraceparent(traceparent);
  // A scope of its own would be a parent that nobody has recorded.
  if (span === undefined) return work(ids);
  return runInScope(backgroundScope({ span }), () => withSpan(`run ${name}`, {}, () => work(ids)));
}
