import type { Log } from '../../../kit/observe/log.ts';
import type { RedisStore } from '../../../kit/redis/redis.ts';
import { describeFailure } from '../../../kit/service/describe-failure.ts';
import type { SagaKey } from '../store/saga-row.ts';

type Key = Pick<SagaKey, 'tenantId' | 'sagaId'>;

/** Notifies all processes that a saga has changed. The change itself is in the database. */
export interface SagaNotifications {
  notify(key: Key): Promise<void>;
  /** Calls `onChange` for every notification, including those of this process. */
  subscribe(onChange: (key: Key) => void): void;
}

const channel = 'saga-notifications';

/** Notifications over Redis Pub/Sub. A lost one delays its saga until the database is polled again. */
export function openSagaNotifications({ redis, log }: { redis: RedisStore; log: Log }): SagaNotifications {
  return {
    async notify({ tenantId, sagaId }) {
      try {
        await redis.client.publish(channel, `${tenantId}/${sagaId}`);
      } catch (error) {
        log.warn({ err: describeFailure(error), saga_id: sagaId }, 'saga notification not published');
      }
    },
    subscribe(onChange) {
      const subscriber = redis.duplicate();
      subscriber.on('message', (_channel: string, message: string) => {
        const [tenantId, sagaId] = message.split('/');
        if (tenantId !== undefined && sagaId !== undefined) onChange({ tenantId, sagaId });
      });
      // ioredis subscribes again after every reconnect.
      subscriber
        .subscribe(channel)
        .catch((error: unknown) =>
          log.warn({ err: describeFailure(error) }, 'saga notifications not subscribed'),
        );
    },
  };
}
