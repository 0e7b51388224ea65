import type { Log } from '../../../kit/observe/log.ts';
import type { RedisStore } from '../../../kit/redis/redis.ts';
import { describeFailure } from '../../../kit/service/describe-failure.ts';
import type { SagaKey } from '../store/saga-row.ts';

type Key = Pick<SagaKey, 'tenantId' | 'sagaId'>;

/** Tells all processes that there is news about a saga; what it is they read in the database. */
export interface News {
  announce(key: Key): Promise<void>;
  /** Calls `heard` for every announcement, also of this process. */
  follow(heard: (key: Key) => void): void;
}

const channel = 'saga-news';

/**
 * News by Redis' publish and subscribe. One that is lost delays a saga by no more than the pause between two looks
 * at the database.
 */
export function openNews({ redis, log }: { redis: RedisStore; log: Log }): News {
  return {
    async announce({ tenantId, sagaId }) {
      try {
        await redis.client.publish(channel, `${tenantId}/${sagaId}`);
      } catch (error) {
        log.warn({ err: describeFailure(error), saga_id: sagaId }, 'news of a saga not announced');
      }
    },
    follow(heard) {
      const subscriber = redis.duplicate();
      subscriber.on('message', (_channel: string, message: string) => {
        const [tenantId, sagaId] = message.split('/');
        if (tenantId !== undefined && sagaId !== undefined) heard({ tenantId, sagaId });
      });
      // ioredis subscribes again by itself whenever it has connected again.
      subscriber
        .subscribe(channel)
        .catch((error: unknown) => log.warn({ err: describeFailure(error) }, 'news not followed'));
    },
  };
}
