import type { LogLine } from '../evidence/facts.ts';
import type { BootedStack } from '../runtime/runtime.ts';

/** Most lines kept with one check; the full logs are in the run folder. */
const maxLines = 40;

/** pino's number for a warning; errors and fatals are above it. */
const warning = 40;

/**
 * What the services said that bears on a check: lines of its traces, warnings and worse since it began,
 * and anything written to stderr. Newest last.
 */
export function tellingLines(
  stack: Pick<BootedStack, 'logs' | 'boot'>,
  sinceMs: number,
  traceIds: readonly string[],
): LogLine[] {
  const lines = stack.boot
    .filter(({ kind }) => kind === 'service')
    .flatMap(({ node }) => stack.logs(node, sinceMs))
    .filter((line) => line.stream === 'stderr' || isTelling(line.text, traceIds));
  return lines.slice(-maxLines);
}

function isTelling(text: string, traceIds: readonly string[]): boolean {
  if (traceIds.some((id) => text.includes(id))) return true;
  const level = /"level":(\d+)/.exec(text)?.[1];
  return level !== undefined && Number(level) >= warning;
}
