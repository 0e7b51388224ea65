import type { LogLine } from '../evidence/facts.ts';
import type { BootedStack } from '../runtime/runtime.ts';

/** Maximum number of lines kept with one check. The run folder has the full logs. */
const maxLines = 40;

/** The beginning of a warning, an error or a fatal error in the log of a service. */
const warning = /^\{"level":"(?:warn|error|fatal)"/;

/**
 * The log lines that are relevant to a check: lines of its traces, and since its start all warnings, errors
 * and lines on stderr. Newest last.
 */
export function relevantLogLines(
  stack: Pick<BootedStack, 'logs' | 'boot'>,
  sinceMs: number,
  traceIds: readonly string[],
): LogLine[] {
  const lines = stack.boot
    .filter(({ kind }) => kind === 'service')
    .flatMap(({ node }) => stack.logs(node, sinceMs))
    .filter((line) => line.stream === 'stderr' || isRelevant(line.text, traceIds));
  return lines.slice(-maxLines);
}

function isRelevant(text: string, traceIds: readonly string[]): boolean {
  return warning.test(text) || traceIds.some((id) => text.includes(id));
}
