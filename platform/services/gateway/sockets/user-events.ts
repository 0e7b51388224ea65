import type { Redis } from 'ioredis';
import { z } from 'zod';
import { socketChannels } from '../../../contracts/gateway/contract.ts';
import type { Log } from '../../../kit/observe/log.ts';

/**
 * Redis channel on which services publish events for the connections of one user, as JSON `{channel, data}`. An
 * optional `session_id` narrows an event to one session.
 */
export function socketEventsChannel(userId: string): string {
  return `socket:${userId}`;
}

const UserEvent = z.object({
  channel: z.enum(socketChannels),
  data: z.unknown(),
  session_id: z.string().optional(),
});
export type UserEvent = z.output<typeof UserEvent>;

export interface UserEventsOptions {
  /** A connection of its own: subscribing takes it over. */
  subscriber: Redis;
  log: Log;
  /** Called for every event of a user who is followed. */
  deliver(userId: string, event: UserEvent): void;
}

export interface UserEvents {
  follow(userId: string): void;
  unfollow(userId: string): void;
}

/** Receives the events that services publish for WebSocket clients. */
export function receiveUserEvents({ subscriber, log, deliver }: UserEventsOptions): UserEvents {
  const prefix = socketEventsChannel('');
  subscriber.on('message', (name: string, message: string) => {
    let event: UserEvent;
    try {
      event = UserEvent.parse(JSON.parse(message));
    } catch (err) {
      log.warn({ err, channel: name }, 'dropped an invalid event for WebSocket clients');
      return;
    }
    deliver(name.slice(prefix.length), event);
  });
  return {
    follow(userId) {
      subscriber
        .subscribe(socketEventsChannel(userId))
        .catch((err: unknown) => log.warn({ err }, 'cannot subscribe to events for WebSocket clients'));
    },
    unfollow(userId) {
      subscriber.unsubscribe(socketEventsChannel(userId)).catch(() => {});
    },
  };
}
