import type { Log } from '../observe/log.ts';
import type { RedisStore } from '../redis/redis.ts';

/** Sorted set of revoked session ids. The score is the expiry of the session's last access token, epoch seconds. */
export const revokedSessionsKey = 'auth:revoked-sessions';
/** Channel that announces each newly revoked session id. */
export const revokedSessionsChannel = 'auth:revoked-sessions';

export interface Revocations {
  /** Whether the session has been revoked. Never waits. */
  isRevoked(sessionId: string): boolean;
  /** Resolves after the first attempt to read the list. */
  readonly loaded: Promise<void>;
}

/** Interval at which the whole list is read again, milliseconds: a message may have been lost. */
const reloadMs = 5_000;

/**
 * Follows the list of revoked sessions. Each one arrives as a message within milliseconds of its revocation. The
 * documented lag is 5 s: if a message is lost, the list is read again by then. Without Redis the last known list stays
 * in force and `/ready` reports the failure. No token lives longer than 15 minutes in any case.
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
      log.warn({ err: String(error) }, 'could not read the revoked sessions'),
    );

  subscriber.on('message', (_channel: string, message: string) => {
    const [sessionId, expires] = message.split(' ');
    if (sessionId && Number(expires) > 0) revoked.set(sessionId, Number(expires));
  });
  // Also after a reconnection: the list has what was published in between.
  subscriber.on('ready', () => void tryReload());
  subscriber
    .subscribe(revokedSessionsChannel)
    .catch((error: unknown) => log.warn({ err: String(error) }, 'could not subscribe to revoked sessions'));
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
 * Revokes sessions everywhere. Resolves when Redis has sent the message to every connected process, and its replica has
 * the list.
 * @param expiresAtS expiry of the last access token of these sessions, epoch seconds
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
  await store.replicated();
}
