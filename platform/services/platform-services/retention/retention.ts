import type { Registry } from 'prom-client';
import { eventStreamKey } from '../../../kit/events/publish-event.ts';
import type { Log } from '../../../kit/observe/log.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import type { RedisStore } from '../../../kit/redis/redis.ts';
import { createBatchedDeletion } from '../../../kit/retention/batched-deletion.ts';
import { systemClock } from '../../../kit/service/clock.ts';
import { createRecurringWork, type RecurringWork } from '../../../kit/service/recurring-work.ts';
import type { Config } from '../config.ts';

/** Maximum number of rows per transaction. */
const batchSize = 1_000;
/** The same of sessions, because their refresh tokens are deleted with them: about 100 per day of use. */
const sessionBatchSize = 50;
/** Time between two searches, milliseconds. */
const everyMs = 60 * 60 * 1_000;
const dayMs = 24 * 60 * 60 * 1_000;

const deleteOutdated = {
  name: 'delete_outdated',
  text: 'select identity.delete_outdated($1, $2, $3) as deleted',
};
/** Kinds with a function of their own. */
const ownFunctions: Readonly<Record<string, { name: string; text: string }>> = Object.fromEntries(
  ['account_tokens', 'grants'].map((kind) => [
    kind,
    { name: `delete_outdated_${kind}`, text: `select identity.delete_outdated_${kind}($1, $2) as deleted` },
  ]),
);

/** Days for which rows of each kind stay. */
export type RetentionDays = Readonly<
  Record<
    | 'audit_events'
    | 'analytics_events'
    | 'sessions'
    | 'refresh_tokens'
    | 'invitations'
    | 'account_tokens'
    | 'grants'
    | 'events',
    number
  >
>;

export function retentionDays(config: Config): RetentionDays {
  return {
    audit_events: config.AUDIT_RETENTION_DAYS,
    analytics_events: config.ANALYTICS_RETENTION_DAYS,
    sessions: config.ACCESS_RETENTION_DAYS,
    refresh_tokens: config.ACCESS_RETENTION_DAYS,
    invitations: config.ACCESS_RETENTION_DAYS,
    account_tokens: config.ACCESS_RETENTION_DAYS,
    grants: config.ACCESS_RETENTION_DAYS,
    events: config.EVENT_RETENTION_DAYS,
  };
}

/**
 * Deletes what has been kept long enough, in batches, so that no transaction is long. A function of the database does
 * it: audit events are append-only for this service. Of several processes, one deletes at a time.
 */
export function createRetention(options: {
  database: Pick<Database, 'query'>;
  redis: Pick<RedisStore, 'client'>;
  days: RetentionDays;
  registry: Registry;
  log: Log;
  now?: () => Date;
}): RecurringWork {
  const { database, redis, days, registry, log, now = systemClock.now } = options;
  const deletion = createBatchedDeletion({ registry, log });

  async function deleteBatch(kind: string, keepDays: number, atMost: number): Promise<number> {
    const own = ownFunctions[kind];
    const { rows } = await (own !== undefined
      ? database.query<{ deleted: number }>(own, [keepDays, atMost])
      : database.query<{ deleted: number }>(deleteOutdated, [kind, keepDays, atMost]));
    return rows[0]?.deleted ?? 0;
  }

  return createRecurringWork({
    name: 'deleting outdated rows',
    log,
    everyMs,
    async work(signal) {
      const { events, ...tables } = days;
      for (const [kind, keepDays] of Object.entries(tables)) {
        const rows = {
          kind,
          batchSize: kind === 'sessions' ? sessionBatchSize : batchSize,
          deleteBatch: (atMost: number) => deleteBatch(kind, keepDays, atMost),
        };
        await deletion.run(rows, signal);
      }
      // Ids of a stream begin with the time of the event.
      const trimmed = await redis.client.xtrim(
        eventStreamKey,
        'MINID',
        '~',
        String(now().getTime() - events * dayMs),
      );
      deletion.count('events', trimmed);
    },
  });
}
