import type { Log } from '../observe/log.ts';
import { afterCommit } from '../postgres/joined-transaction.ts';
import type { RedisStore } from '../redis/redis.ts';

/** Channel that announces changed rights: ids of users, separated by spaces. */
export const authorityChannel = 'auth:authority';

/** Calls `changed` for every announcement. A lost one costs at most the 5 s for which rights are kept. */
export function followAuthorityChanges(
  store: Pick<RedisStore, 'duplicate'>,
  log: Log,
  changed: (userIds: readonly string[]) => void,
): void {
  const subscriber = store.duplicate();
  subscriber.on('message', (_channel: string, message: string) => changed(message.split(' ')));
  subscriber
    .subscribe(authorityChannel)
    .catch((error: unknown) => log.warn({ err: String(error) }, 'could not subscribe to changed rights'));
}

/** Announces in every service that rights have changed, as soon as the change is durable. */
export type AnnounceAuthority = (userIds: readonly string[]) => Promise<void>;

/** Without Redis the change is only logged: other services follow within 5 s. */
export function createAnnounceAuthority(store: Pick<RedisStore, 'client'>, log: Log): AnnounceAuthority {
  async function publish(userIds: readonly string[]): Promise<void> {
    try {
      await store.client.publish(authorityChannel, userIds.join(' '));
    } catch (error) {
      log.warn({ err: String(error) }, 'could not announce changed rights');
    }
  }
  return async (userIds) => {
    if (userIds.length > 0) await afterCommit(() => publish(userIds));
  };
}
