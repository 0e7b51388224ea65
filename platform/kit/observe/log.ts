import { type Logger, pino } from 'pino';
import { currentScope } from '../service/scope.ts';

export type Log = Logger;

export interface LogOptions {
  service: string;
  level: string;
  /** Where lines are written. Default: standard output, asynchronously and in order. */
  destination?: { write(line: string): void };
}

/**
 * Creates a log with one JSON object per line. Lines of a request carry its `request_id` and `trace_id`. pino escapes
 * control characters, so a value cannot forge a line.
 */
export function createLog({ service, level, destination }: LogOptions): Log {
  return pino(
    {
      level,
      base: { service },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      mixin() {
        const scope = currentScope();
        return scope === undefined ? {} : { request_id: scope.requestId, trace_id: scope.span.traceId };
      },
      redact: {
        paths: ['*.password', '*.token', '*.authorization', '*.refresh_token', '*.access_token'],
        censor: '[redacted]',
      },
    },
    // With a minimum length of one byte, lines are written at once and `flush` waits for them. Without, it does not.
    destination ?? pino.destination({ sync: false, minLength: 1 }),
  );
}
