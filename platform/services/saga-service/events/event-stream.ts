import type { Redis } from 'ioredis';
import { z } from 'zod';
import { eventStreamKey, type NewEvent } from '../../../kit/events/publish-event.ts';
import type { Log } from '../../../kit/observe/log.ts';
import type { RedisStore } from '../../../kit/redis/redis.ts';
import type { Clock } from '../../../kit/service/clock.ts';
import { describeFailure } from '../../../kit/service/describe-failure.ts';

export interface StreamEvent extends NewEvent {
  /** Given by the stream; later events have greater ones. */
  id: string;
}

export const consumerGroup = 'saga-service';
/** Longest wait for an event, milliseconds; shorter than the time limit of a command. */
const blockMs = 2_000;
const batch = 32;
/** After this an event whose consumer has not confirmed it goes to another one, milliseconds. */
const abandonedMs = 60_000;
const reconnectMs = 1_000;

const Fields = z.object({
  type: z.string(),
  tenant_id: z.uuid(),
  user_id: z.uuid(),
  correlation_id: z.uuid().optional(),
  data: z.string().transform((text) => JSON.parse(text) as Record<string, unknown>),
});

type Entry = [id: string, fields: string[] | null];

/** @returns undefined for an entry that is no event of ours. */
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
  const { type, tenant_id, user_id, correlation_id, data } = parsed.data;
  return { id, type, tenantId: tenant_id, userId: user_id, correlationId: correlation_id, data };
}

export interface ConsumeOptions {
  redis: RedisStore;
  /** Name of this process among the consumers. */
  consumer: string;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  /** Must bear being given the same event twice. An event it rejects is given again later. */
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
 * Takes events from the stream as one of a group: each goes to one process, and to another one when that has not
 * confirmed it. Ends when the signal aborts.
 */
export async function consumeEvents(options: ConsumeOptions): Promise<void> {
  const { redis, consumer, clock, log, signal } = options;
  const client = redis.duplicate();
  signal.addEventListener('abort', () => client.disconnect(), { once: true });

  async function handle(entries: readonly Entry[]): Promise<void> {
    for (const entry of entries) {
      signal.throwIfAborted();
      const event = readEntry(entry);
      if (event === undefined) log.warn({ event_id: entry[0] }, 'an unreadable event was put aside');
      else await options.react(event);
      await client.xack(eventStreamKey, consumerGroup, entry[0]);
    }
  }

  let adopted = 0;
  async function adoptAbandoned(): Promise<void> {
    if (clock.now().getTime() - adopted < abandonedMs) return;
    const answer = await client.xautoclaim(
      eventStreamKey,
      consumerGroup,
      consumer,
      abandonedMs,
      '0',
      'COUNT',
      batch,
    );
    await handle(answer[1] as Entry[]);
    adopted = clock.now().getTime();
  }

  while (!signal.aborted) {
    try {
      await ensureGroup(client);
      for (;;) {
        await adoptAbandoned();
        const answer = (await client.xreadgroup(
          'GROUP',
          consumerGroup,
          consumer,
          'COUNT',
          batch,
          'BLOCK',
          blockMs,
          'STREAMS',
          eventStreamKey,
          '>',
        )) as [string, Entry[]][] | null;
        await handle(answer?.[0]?.[1] ?? []);
      }
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ err: describeFailure(error) }, 'events have to wait');
      await clock.sleep(reconnectMs, signal).catch(() => undefined);
    }
  }
}
