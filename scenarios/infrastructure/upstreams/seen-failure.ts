import { type Exchange, ProductUnreachable } from '../../../harness/engine/index.ts';
import { textAt } from '../../kit/shape.ts';

/** What a user saw of a failure. */
export interface SeenFailure {
  /** Status and code, e.g. `502 BAD_GATEWAY`; `no response` with the reason. */
  outcome: string;
  /** Seconds of `Retry-After`; 0 without one. */
  retryAfterS: number;
  tookMs: number;
  text: string;
  json: unknown;
}

/** Sends a request and describes what came back, also when nothing did. */
export async function seeFailure(send: () => Promise<Exchange>): Promise<SeenFailure> {
  const startedAtMs = performance.now();
  try {
    const { status, json, text, headers, durationMs } = await send();
    const code = textAt(json, 'error', 'type') || textAt(json, 'error');
    return {
      outcome: `${status} ${code}`.trim(),
      retryAfterS: Number(headers['retry-after'] ?? 0),
      tookMs: Math.round(durationMs),
      text,
      json,
    };
  } catch (error) {
    if (!(error instanceof ProductUnreachable)) throw error;
    const tookMs = Math.round(performance.now() - startedAtMs);
    return { outcome: `no response: ${error.code}`, retryAfterS: 0, tookMs, text: '', json: undefined };
  }
}

/** Forms of a stack trace or of a path of the program. */
const internals = /\n\s+at .+:\d+|node_modules|\.m?[jt]s:\d+|[A-Z]\w*Error:/;

/** What a response says that its reader must not learn. */
export function leaksOf(name: string, { text }: SeenFailure, secrets: readonly string[]): string[] {
  return [
    ...(internals.test(text) ? [`${name}: names internals of the program`] : []),
    ...secrets.filter((secret) => text.includes(secret)).map((secret) => `${name}: shows "${secret}"`),
  ];
}
