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
type UserEvent = z.output<typeof UserEvent>;

/**
 * Receives the events that services publish for WebSocket clients.
 * @param subscriber a connection of its own: subscribing takes it over
 * @param deliver called for every event of a user who is followed
 */
export function receiveUserEvents(
  { subscriber, log }: { subscriber: Redis; log: Log },
  deliver: (userId: string, event: UserEvent) => void,
): { follow(userId: string): void; unfollow(userId: string): void } {
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
