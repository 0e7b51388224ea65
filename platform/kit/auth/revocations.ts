import type { Log } from '../observe/log.ts';
import type { RedisStore } from '../redis/redis.ts';

/** Sorted set of revoked session ids; the score is when the last access token of the session expires, seconds. */
export const revokedSessionsKey = 'auth:revoked-sessions';
/** Channel on which each newly revoked session id is published. */
export const revokedSessionsChannel = 'auth:revoked-sessions';

export interface Revocations {
  /** True when the session has been ended; never waits. */
  isRevoked(sessionId: string): boolean;
  /** Resolves when the list has been read for the first time. */
  readonly loaded: Promise<void>;
}

/** How often the whole list is read again, in case a message was lost; milliseconds. */
const reloadMs = 5_000;

/**
 * Follows the list of revoked sessions. Each one arrives as a message within milliseconds of its revocation;
 * the documented lag is 5 s, the time until the list is read again should a message be lost. While Redis is
 * away the list last known stays in force and `/ready` says so; no token outlives its 15 minutes in any case.
 */
export function followRevocations(store: RedisStore, log: Log): Revocations & { close(): void } {
  const revoked = new Map<string, number>();
  const subscriber = store.duplicate();

  async function reload(): Promise<void> {
    const nowS = Date.now() / 1000;
    const entries = await store.client.zrangebyscore(revokedSessionsKey, nowS, '+inf', 'WITHSCORES');
    for (let index = 0; index < entries.length; index += 2)
      revoked.set(entries[index] as string, Number(entries[index + 1]));
    for (const [sessionId, expires] of revoked) if (expires < nowS) revoked.delete(sessionId);
  }

  const tryReload = () =>
    reload().catch((error: unknown) =>
      log.warn({ err: String(error) }, 'revoked sessions could not be read'),
    );

  subscriber.on('message', (_channel: string, message: string) => {
    const [sessionId, expires] = message.split(' ');
    if (sessionId && Number(expires) > 0) revoked.set(sessionId, Number(expires));
  });
  // Also after a reconnection: what was published meanwhile is in the list.
  subscriber.on('ready', () => void tryReload());
  subscriber
    .subscribe(revokedSessionsChannel)
    .catch((error: unknown) => log.warn({ err: String(error) }, 'not following revoked sessions yet'));
  const loaded = tryReload();
  const timer = setInterval(() => void tryReload(), reloadMs);
  timer.unref();

  return {
    loaded,
    isRevoked: (sessionId) => revoked.has(sessionId),
    close: () => clearInterval(timer),
  };
}

/**
 * Ends sessions everywhere. Resolves when every connected process has been told.
 * @param expiresAtS when the last access token of these sessions expires, seconds since the epoch
 */
export async function publishRevocations(
  store: RedisStore,
  sessionIds: readonly string[],
  expiresAtS: number,
): Promise<void> {
  if (sessionIds.length === 0) return;
  const pipeline = store.client.pipeline();
  pipeline.zremrangebyscore(revokedSessionsKey, '-inf', Math.floor(Date.now() / 1000) - 1);
  for (const sessionId of sessionIds) {
    pipeline.zadd(revokedSessionsKey, expiresAtS, sessionId);
    pipeline.publish(revokedSessionsChannel, `${sessionId} ${expiresAtS}`);
  }
  for (const [error] of (await pipeline.exec()) ?? []) if (error) throw error;
}
