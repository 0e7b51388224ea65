import type { HandlerRequest } from '../../../kit/http/handler.ts';

/** Maximum time that a request may have waited before it is handled, milliseconds. An older claim is cut to this. */
const maxWaitMs = 30_000;

/**
 * When a request arrived at the platform, milliseconds since the epoch: the time that the gateway wrote, else now. The
 * clocks of the gateway, of this service and of the database must agree, as for the expiry of tokens.
 */
export function arrivalOf({ raw }: Pick<HandlerRequest, 'raw'>): number {
  const now = Date.now();
  const claimed = Number(raw.headers['x-request-start'] ?? now);
  return Number.isFinite(claimed) ? Math.min(now, Math.max(now - maxWaitMs, claimed)) : now;
}

/** Maximum number of remembered answers; the oldest is dropped. */
const maxAnswers = 10_000;

/** Knows when this process answered the refreshes of the last seconds. */
export interface RefreshAnswers {
  /** Remembers that the refresh with this token is about to be answered. */
  add(hash: Buffer): void;
  /** Whether a refresh with this token was answered after the time, milliseconds since the epoch. */
  isAfter(hash: Buffer, time: number): boolean;
}

export function createRefreshAnswers(): RefreshAnswers {
  const answers = new Map<string, number>();
  return {
    add(hash) {
      if (answers.size >= maxAnswers) answers.delete(answers.keys().next().value as string);
      answers.set(hash.toString('base64'), Date.now());
    },
    isAfter: (hash, time) => (answers.get(hash.toString('base64')) ?? 0) > time,
  };
}
