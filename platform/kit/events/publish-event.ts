import type { RedisStore } from '../redis/redis.ts';

/** An event for the other services. Sagas wait for events and are started by them. */
export interface NewEvent {
  /** For example `user.registered`. */
  type: string;
  tenantId: string;
  /** The user on whose behalf it happened. */
  userId: string;
  /** Id of the saga that the event is about, if any. */
  correlationId?: string | undefined;
  /** The workspace whose sagas it may continue; absent for all of the tenant. */
  workspaceId?: string | undefined;
  data: Record<string, unknown>;
}

/**
 * Appends an event to the platform's stream and returns its id. Rejects when Redis cannot be reached, or its replica does
 * not confirm the event.
 */
export type PublishEvent = (event: NewEvent) => Promise<string>;

/** Redis stream of the platform's events. saga-service reads it and tolerates duplicates. */
export const eventStreamKey = 'saga-events';
/** Approximate maximum number of events that the stream keeps. */
const maxLength = 100_000;

export function createPublishEvent(redis: Pick<RedisStore, 'client' | 'replicated'>): PublishEvent {
  return async ({ type, tenantId, userId, correlationId, workspaceId, data }) => {
    const fields = ['type', type, 'tenant_id', tenantId, 'user_id', userId, 'data', JSON.stringify(data)];
    if (correlationId !== undefined) fields.push('correlation_id', correlationId);
    if (workspaceId !== undefined) fields.push('workspace_id', workspaceId);
    const id = await redis.client.xadd(eventStreamKey, 'MAXLEN', '~', maxLength, '*', ...fields);
    if (id === null) throw new Error('the event stream returned no id');
    await redis.replicated();
    return id;
  };
}
