import type { Redis } from 'ioredis';
import { type LiveChannel, LiveEvent, liveEventTypes } from '../../../contracts/live-events/event-types.ts';
import { compareEventIds, timeOfEventId } from '../../../kit/events/live-event-id.ts';
import {
  clockKey,
  maxStreamLength,
  positionChannel,
  positionScript,
  retentionSeconds,
  sinceKey,
} from '../../../kit/events/live-event-streams.ts';
import type { Log } from '../../../kit/observe/log.ts';
import { describeFailure } from '../../../kit/service/describe-failure.ts';
import { inSlices } from '../../../kit/service/in-slices.ts';

/** An event in its order. */
export interface FeedEvent {
  kind: 'event';
  id: string;
  channel: LiveChannel;
  workspaceId: string | null;
  subject: string;
  /** The frame for clients, made once for all of them. */
  frame: string;
}

/** Events that their sender could not publish. */
interface FeedLoss {
  kind: 'loss';
  id: string;
}

export type FeedEntry = FeedEvent | FeedLoss;

export interface FeedListener {
  receive(entry: FeedEntry): void;
  /** The connection to Redis was interrupted: what came after `position` must be replayed. */
  interrupted(position: string): void;
}

export interface Replayed {
  /** In their order. */
  entries: FeedEntry[];
  /** Whether events after the given position may be missing. */
  gap: boolean;
  /** Position after the replay. */
  position: string;
}

export interface EventFeeds {
  /** Id of the newest event that has been received, or of the newest that others have published. */
  readonly position: string;
  /** Resolves when the listener gets every further event of this stream. Rejects without Redis. */
  follow(stream: string, listener: FeedListener): Promise<void>;
  unfollow(stream: string, listener: FeedListener): void;
  /** Asks Redis for the position. Every event up to it is received before `position` becomes it. */
  refreshPosition(): Promise<string>;
  /** The kept events of these streams after a position. */
  replay(streams: readonly string[], after: string): Promise<Replayed>;
}

function parseEntry(id: string, field: string, value: string): FeedEntry {
  if (field === 'lost') return { kind: 'loss', id };
  const event = LiveEvent.parse({ id, ...(JSON.parse(value) as object) });
  const { channel } = liveEventTypes[event.type];
  return {
    kind: 'event',
    id,
    channel,
    workspaceId: event.workspace_id,
    subject: event.subject,
    frame: JSON.stringify({ type: channel, event }),
  };
}

/** Maximum number of listeners that get an event in one turn of the event loop. */
const atOnce = 50;

export interface EventFeedsOptions {
  redis: Redis;
  /** A connection of its own: subscribing takes it over. */
  subscriber: Redis;
  log: Log;
}

/**
 * Events of users and workspaces, live and from the streams that Redis keeps for some minutes. All listeners of a
 * process share one connection. Events arrive in the order of their ids, across all streams.
 */
export function openEventFeeds({ redis, subscriber, log }: EventFeedsOptions): EventFeeds {
  const feeds = new Map<string, { listeners: Set<FeedListener>; subscribed: Promise<void> }>();
  let position = '0-0';
  let wasReady = false;

  function advance(id: string): void {
    if (compareEventIds(id, position) > 0) position = id;
  }

  function parse(
    stream: string,
    [id, field, value]: readonly [string, string, string],
  ): FeedEntry | undefined {
    try {
      return parseEntry(id, field, value);
    } catch (err) {
      log.warn({ err: describeFailure(err), stream, id }, 'dropped an invalid event for WebSocket clients');
      return undefined;
    }
  }

  /** What has arrived and is not handed to all its listeners yet: in sequence, so that all keep the order. */
  const arrived: (() => Promise<void> | undefined)[] = [];
  let isHanding = false;

  async function handOver(): Promise<void> {
    if (isHanding) return;
    isHanding = true;
    for (let next = arrived.shift(); next !== undefined; next = arrived.shift()) {
      const handed = next();
      if (handed !== undefined) await handed;
    }
    isHanding = false;
  }

  /** Hands an event to those who follow its stream now: few at once, many in slices. */
  function receive(name: string, message: string): Promise<void> | undefined {
    const listeners = feeds.get(name)?.listeners;
    const [, id = '', field = '', value = ''] = /^(\S+) (\S+) (.*)$/s.exec(message) ?? [];
    const entry = listeners === undefined ? undefined : parse(name, [id, field, value]);
    if (listeners === undefined || entry === undefined) {
      advance(id);
      return undefined;
    }
    if (listeners.size <= atOnce) {
      for (const listener of listeners) listener.receive(entry);
      advance(id);
      return undefined;
    }
    const followers = [...listeners];
    return inSlices(followers, (listener) => {
      if (listeners.has(listener)) listener.receive(entry);
    }).then(() => advance(id));
  }

  subscriber.on('message', (name: string, message: string) => {
    arrived.push(name === positionChannel ? () => void advance(message) : () => receive(name, message));
    void handOver();
  });

  async function catchUp(): Promise<void> {
    const before = position;
    // Redis replies in order: when this one is confirmed, so are the subscriptions that the client has renewed.
    await subscriber.subscribe(positionChannel);
    const listeners = new Set<FeedListener>();
    await inSlices(feeds.values(), (feed) => {
      for (const listener of feed.listeners) listeners.add(listener);
    });
    await inSlices(listeners, (listener) => listener.interrupted(before));
  }

  subscriber.on('ready', () => {
    const first = !wasReady;
    wasReady = true;
    if (first) return;
    arrived.push(() =>
      catchUp().catch((err: unknown) => log.warn({ err: describeFailure(err) }, 'cannot catch up on events')),
    );
    void handOver();
  });

  async function subscribe(stream: string): Promise<void> {
    await subscriber.subscribe(positionChannel, stream);
  }

  return {
    get position() {
      return position;
    },
    follow(stream, listener) {
      let feed = feeds.get(stream);
      if (feed === undefined) {
        feed = { listeners: new Set(), subscribed: subscribe(stream) };
        feeds.set(stream, feed);
        const opened = feed;
        opened.subscribed.catch(() => {
          if (feeds.get(stream) === opened) feeds.delete(stream);
        });
      }
      feed.listeners.add(listener);
      return feed.subscribed;
    },
    unfollow(stream, listener) {
      const feed = feeds.get(stream);
      if (feed === undefined) return;
      feed.listeners.delete(listener);
      if (feed.listeners.size > 0) return;
      feeds.delete(stream);
      subscriber.unsubscribe(stream).catch(() => {});
    },
    async refreshPosition() {
      return (await redis.eval(positionScript, 2, clockKey, sinceKey, positionChannel)) as string;
    },
    async replay(streams, after) {
      const pipeline = redis.pipeline().get(sinceKey).xrevrange(clockKey, '+', '-', 'COUNT', 1).time();
      for (const stream of streams) pipeline.xrange(stream, `(${after}`, '+');
      const replies = (await pipeline.exec()) ?? [];
      const [since, newest, time, ...rows] = replies.map(([error, reply]) => {
        if (error) throw error;
        return reply;
      }) as [string | null, [string, string[]][], [number, number], ...[string, string[]][][]];
      const newestId = newest[0]?.[0];
      const gap =
        // Redis has lost its data since, or the position is of another Redis.
        since === null ||
        newestId === undefined ||
        compareEventIds(after, since) < 0 ||
        compareEventIds(after, newestId) > 0 ||
        // Streams may have expired.
        (compareEventIds(after, newestId) < 0 &&
          timeOfEventId(after) < Number(time[0]) * 1000 - retentionSeconds * 1000) ||
        // A full stream whose entries are all newer may have had more of them.
        rows.some(({ length }) => length >= maxStreamLength);
      const entries = rows
        .flatMap((entriesOf, index) =>
          entriesOf.flatMap(([id, [field = '', value = '']]) => {
            const entry = parse(streams[index] as string, [id, field, value]);
            return entry === undefined ? [] : [entry];
          }),
        )
        .sort((a, b) => compareEventIds(a.id, b.id));
      return { entries, gap, position: newestId ?? after };
    },
  };
}
