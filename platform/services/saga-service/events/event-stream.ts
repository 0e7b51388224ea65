import type { Redis } from 'ioredis';
import { z } from 'zod';
import { eventStreamKey, type NewEvent } from '../../../kit/events/publish-event.ts';
import type { Log } from '../../../kit/observe/log.ts';
import type { RedisStore } from '../../../kit/redis/redis.ts';
import type { Clock } from '../../../kit/service/clock.ts';
import { describeFailure } from '../../../kit/service/describe-failure.ts';

export interface StreamEvent extends NewEvent {
  /** Assigned by the stream; it grows with every event. */
  id: string;
}

export const consumerGroup = 'saga-service';
/** Maximum wait for an event, milliseconds; shorter than the timeout of a Redis command. */
const blockMs = 2_000;
const batchSize = 32;
/** Time after which another consumer claims an event that its consumer has not acknowledged, milliseconds. */
const abandonedAfterMs = 60_000;
const reconnectMs = 1_000;

const Fields = z.object({
  type: z.string(),
  tenant_id: z.uuid(),
  user_id: z.uuid(),
  correlation_id: z.uuid().optional(),
  workspace_id: z.uuid().optional(),
  data: z.string().transform((text) => JSON.parse(text) as Record<string, unknown>),
});

type Entry = [id: string, fields: string[] | null];

/** @returns undefined for an entry that is not an event of the platform */
function readEntry([id, fields]: Entry): StreamEvent | undefined {
  const pairs: Record<string, string> = {};
  for (let index = 0; index + 1 < (fields?.length ?? 0); index += 2)
    pairs[fields?.[index] as string] = fields?.[index + 1] as string;
  let parsed: ReturnType<typeof Fields.safeParse>;
  try {
    parsed = Fields.safeParse(pairs);
  } catch {
    return undefined;
  }
  if (!parsed.success) return undefined;
  const { type, tenant_id, user_id, correlation_id, workspace_id, data } = parsed.data;
  return {
    id,
    type,
    tenantId: tenant_id,
    userId: user_id,
    correlationId: correlation_id,
    workspaceId: workspace_id,
    data,
  };
}

export interface ConsumeOptions {
  redis: RedisStore;
  /** Name of this process in the consumer group. */
  consumer: string;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  /** Must be idempotent. When it rejects, the event is delivered again later. */
  react(event: StreamEvent): Promise<void>;
}

async function ensureGroup(client: Redis): Promise<void> {
  try {
    await client.xgroup('CREATE', eventStreamKey, consumerGroup, '0', 'MKSTREAM');
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('BUSYGROUP'))) throw error;
  }
}

/**
 * Consumes events as a member of the consumer group. Each event goes to one process, and to another one if that does
 * not acknowledge it. Resolves when the signal aborts.
 */
export async function consumeEvents(options: ConsumeOptions): Promise<void> {
  const { redis, consumer, clock, log, signal } = options;
  const client = redis.duplicate();
  signal.addEventListener('abort', () => client.disconnect(), { once: true });

  async function handle(entries: readonly Entry[]): Promise<void> {
    for (const entry of entries) {
      signal.throwIfAborted();
      const event = readEntry(entry);
      if (event === undefined) log.warn({ event_id: entry[0] }, 'unreadable event skipped');
      else await options.react(event);
      await client.xack(eventStreamKey, consumerGroup, entry[0]);
    }
  }

  let claimedAt = 0;
  async function claimAbandoned(): Promise<void> {
    if (clock.now().getTime() - claimedAt < abandonedAfterMs) return;
    const reply = await client.xautoclaim(
      eventStreamKey,
      consumerGroup,
      consumer,
      abandonedAfterMs,
      '0',
      'COUNT',
      batchSize,
    );
    await handle(reply[1] as Entry[]);
    claimedAt = clock.now().getTime();
  }

  while (!signal.aborted) {
    try {
      await ensureGroup(client);
      for (;;) {
        await claimAbandoned();
        const reply = (await client.xreadgroup(
          'GROUP',
          consumerGroup,
          consumer,
          'COUNT',
          batchSize,
          'BLOCK',
          blockMs,
          'STREAMS',
          eventStreamKey,
          '>',
        )) as [string, Entry[]][] | null;
        await handle(reply?.[0]?.[1] ?? []);
      }
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ err: describeFailure(error) }, 'events cannot be read; retrying');
      await clock.sleep(reconnectMs, signal).catch(() => undefined);
    }
  }
}
