import type { RunScope } from '../folders/run-scope.ts';
import type { StartContext } from './boot-graph.ts';

/** The observations of probes go to the report and may contain secrets. */
export function redacted(context: StartContext, scope: RunScope): StartContext {
  return { ...context, probed: (observation) => context.probed(scope.redactor.redact(observation)) };
}
