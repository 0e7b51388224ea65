import { type LiveEventType, liveEventTypes } from '../../contracts/live-events/event-types.ts';
import type { NewLiveEvent, PublishLiveEvent } from '../events/publish-live-event.ts';

export type RecordedLiveEvent = { type: LiveEventType } & NewLiveEvent<LiveEventType>;

/**
 * Keeps published events in memory, for tests of what a service publishes without a Redis of its own.
 * @throws ZodError for data that the contract does not allow
 */
export function recordLiveEvents(): { publishLive: PublishLiveEvent; published: RecordedLiveEvent[] } {
  const published: RecordedLiveEvent[] = [];
  return {
    published,
    publishLive(type, event) {
      const data = liveEventTypes[type].data.parse(event.data) as NewLiveEvent<LiveEventType>['data'];
      published.push({ type, ...event, data });
    },
  };
}
