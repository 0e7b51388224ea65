import type { LogLine } from '../../evidence/facts.ts';

export interface ErrorLine {
  service: string;
  /** The message of a JSON log line, or the whole line. */
  text: string;
}

const errorLevel = 50;
const errorWords =
  /\b(?:error|fatal|panic|exception|refused|denied|invalid|cannot|can't|unable|failed|missing|EADDRINUSE|E[A-Z]{4,})\b/i;
const stackFrame = /^\s*(?:at\s|\^|node:internal|\})/;

/**
 * The log line that most likely states the error: the last one at error level, else the last one that reads
 * like an error, else the last one on stderr, else the last one. Undefined for an empty log.
 */
export function errorLine(logs: readonly LogLine[]): ErrorLine | undefined {
  let best: { line: ErrorLine; rank: number } | undefined;
  for (const log of logs) {
    if (log.text.trim() === '') continue;
    const { text, level } = messageOf(log.text);
    const rank = rankOf(log, text, level);
    if (!best || rank >= best.rank) best = { line: { service: log.service, text }, rank };
  }
  return best?.line;
}

function rankOf(log: LogLine, text: string, level: number | undefined): number {
  if (stackFrame.test(log.text)) return 0;
  if (level !== undefined && level >= errorLevel) return 4;
  if (errorWords.test(text) && (level === undefined || level >= 40)) return 3;
  return log.stream === 'stderr' ? 2 : 1;
}

/** The message and level of a JSON log line of a service. Any other line is its own message. */
function messageOf(text: string): { text: string; level?: number } {
  if (!text.startsWith('{')) return { text };
  const parsed = parsedObject(text);
  if (!parsed) return { text };
  const message = typeof parsed.msg === 'string' ? parsed.msg : undefined;
  const error =
    isObject(parsed.err) && typeof parsed.err.message === 'string' ? parsed.err.message : undefined;
  const level = typeof parsed.level === 'number' ? parsed.level : namedLevel(parsed.level);
  // The message of a request log line is the same for every request.
  const request =
    parsed.status === undefined ? undefined : `${parsed.method} ${parsed.route}: ${parsed.status}`;
  const parts = [request ?? message, error].filter((part, index, all) => part && all.indexOf(part) === index);
  return { text: parts.join(': ') || text, ...(level === undefined ? {} : { level }) };
}

function namedLevel(level: unknown): number | undefined {
  if (level === 'fatal' || level === 'error') return errorLevel;
  if (level === 'warn') return 40;
  return typeof level === 'string' ? 30 : undefined;
}

function parsedObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    // The line only looks like JSON, so the line itself is the message.
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
