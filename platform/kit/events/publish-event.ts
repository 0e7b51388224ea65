import type { RedisStore } from '../redis/redis.ts';

/** Something that has happened, for whoever it concerns: sagas wait for events and are started by them. */
export interface NewEvent {
  /** For example `user.registered`. */
  type: string;
  tenantId: string;
  /** On whose behalf it happened. */
  userId: string;
  /** The saga it is about, when it is about one. */
  correlationId?: string | undefined;
  data: Record<string, unknown>;
}

/** Puts an event into the platform's stream; rejects while there is no stream. @returns its id. */
export type PublishEvent = (event: NewEvent) => Promise<string>;

/** Redis stream of the platform's events. saga-service reads it, and bears being given an event twice. */
export const eventStreamKey = 'saga-events';
/** About how many events the stream keeps. */
const maxLength = 100_000;

export function createPublishEvent(redis: Pick<RedisStore, 'client'>): PublishEvent {
  return async ({ type, tenantId, userId, correlationId, data }) => {
    const fields = ['type', type, 'tenant_id', tenantId, 'user_id', userId, 'data', JSON.stringify(data)];
    if (correlationId !== undefined) fields.push('correlation_id', correlationId);
    const id = await redis.client.xadd(eventStreamKey, 'MAXLEN', '~', maxLength, '*', ...fields);
    if (id === null) throw new Error('the event stream gave no id');
    return id;
  };
}
