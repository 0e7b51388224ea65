import type { Redis } from 'ioredis';
import {
  type LiveEventData,
  type LiveEventType,
  liveEventTypes,
} from '../../contracts/live-events/event-types.ts';
import type { Log } from '../observe/log.ts';
import type { RedisStore } from '../redis/redis.ts';
import { describeFailure } from '../service/describe-failure.ts';
import {
  appendScript,
  clockKey,
  maxDataLength,
  maxStreamLength,
  retentionSeconds,
  sinceKey,
  userStream,
  workspaceStream,
} from './live-event-streams.ts';

export interface NewLiveEvent<T extends LiveEventType> {
  /** Its only receiver, unless the event belongs to a workspace. */
  userId: string;
  /** Only for types whose audience is a workspace. */
  workspaceId?: string | null | undefined;
  /** Id of what the event is about; see the type. */
  subject: string;
  data: LiveEventData<T>;
}

/**
 * Publishes an event for the people who are connected, or will be again within minutes. Returns at once and never
 * throws: the event informs, the database is authoritative. Events of one process keep their order. Call it after the
 * change is committed.
 */
export type PublishLiveEvent = <T extends LiveEventType>(type: T, event: NewLiveEvent<T>) => void;

/** Maximum number of events on their way to Redis; further ones are lost, and their receivers told. */
const maxInFlight = 5_000;
/** Maximum number of streams whose losses are remembered while Redis is away. */
const maxLossy = 10_000;

/** For tests of something else. */
export const publishNothing: PublishLiveEvent = () => {};

/**
 * @param redis its connection may be shared. While Redis is away, events are lost; when it is back, the receivers get a
 * `gap` instead.
 */
export function createPublishLiveEvent({
  redis,
  log,
}: {
  redis: Pick<RedisStore, 'client'>;
  log: Log;
}): PublishLiveEvent {
  const { client } = redis;
  const lost = new Map<string, number>();
  let inFlight = 0;

  function countLoss(stream: string, number: number): void {
    const before = lost.get(stream);
    if (before === undefined && lost.size >= maxLossy) return;
    lost.set(stream, (before ?? 0) + number);
  }

  let gathering = false;

  /** Lets all events of this turn of the event loop leave in one system call. */
  function gather(): void {
    const { stream } = client as { stream?: Redis['stream'] };
    if (gathering || stream === undefined) return;
    gathering = true;
    stream.cork();
    setImmediate(() => {
      gathering = false;
      stream.uncork();
    });
  }

  function append(stream: string, event: string): void {
    gather();
    const lostBefore = lost.get(stream) ?? 0;
    lost.delete(stream);
    inFlight += 1;
    client
      .eval(appendScript, 3, stream, clockKey, sinceKey, event, lostBefore, maxStreamLength, retentionSeconds)
      .catch((error: unknown) => {
        // Only the first loss is logged; `/ready` reports the state of Redis.
        if (lost.size === 0) log.warn({ err: describeFailure(error) }, 'events for people are being lost');
        countLoss(stream, lostBefore + (event === '' ? 0 : 1));
      })
      .finally(() => {
        inFlight -= 1;
      });
  }

  client.on('ready', () => {
    for (const stream of [...lost.keys()]) append(stream, '');
  });

  return (type, { userId, workspaceId, subject, data }) => {
    const spec = liveEventTypes[type];
    const workspace = spec.audience === 'workspace' ? (workspaceId ?? null) : null;
    const stream = workspace === null ? userStream(userId) : workspaceStream(workspace);
    const parsed = spec.data.safeParse(data);
    const content = parsed.success ? JSON.stringify(parsed.data) : '';
    if (!parsed.success || content.length > maxDataLength) {
      log.error({ type, err: parsed.error?.message ?? 'too large' }, 'an event for people was not published');
      countLoss(stream, 1);
      return;
    }
    if (inFlight >= maxInFlight) {
      countLoss(stream, 1);
      return;
    }
    const at = new Date().toISOString();
    append(
      stream,
      `{"type":${JSON.stringify(type)},"at":"${at}","workspace_id":${JSON.stringify(workspace)},"subject":${JSON.stringify(subject)},"data":${content}}`,
    );
  };
}
