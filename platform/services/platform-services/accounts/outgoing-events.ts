import type { NewEvent, PublishEvent } from '../../../kit/events/publish-event.ts';
import type { Log } from '../../../kit/observe/log.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { createRecurringWork, type RecurringWork } from '../../../kit/service/recurring-work.ts';

/** Maximum number of events per transaction. */
const batchSize = 50;

const takeEvents = {
  name: 'take_outgoing_events',
  text: `select tenant_id as "tenantId", user_id as "userId", type, data from identity.take_outgoing_events($1)`,
};

/**
 * Publishes the events of the outbox, which statements fill in the transaction of the change. The contract of
 * saga-service promises that the event starts a template. Publishing without the outbox would lose the event while
 * Redis is down; waiting for Redis would make registrations as slow and fragile as Redis. Each event is published at
 * least once: its row is deleted in the transaction in which the stream confirms it. A process that dies in between
 * publishes it again, and readers of the stream tolerate duplicates.
 */
export function createOutgoingEvents(options: {
  database: Database;
  publish: PublishEvent;
  log: Log;
}): RecurringWork {
  const { database, publish, log } = options;

  function publishBatch(): Promise<number> {
    return database.transaction(async (tx) => {
      const { rows } = await tx.query<NewEvent>(takeEvents, [batchSize]);
      await Promise.all(rows.map(publish));
      return rows.length;
    });
  }

  return createRecurringWork({
    name: 'publishing events',
    log,
    async work(signal) {
      // One transaction per batch: a failure republishes at most one batch.
      while (!signal.aborted && (await publishBatch()) === batchSize);
    },
  });
}
