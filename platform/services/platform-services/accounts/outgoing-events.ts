import type { NewEvent, PublishEvent } from '../../../kit/events/publish-event.ts';
import type { Log } from '../../../kit/observe/log.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { createRecurringWork, type RecurringWork } from '../../../kit/service/recurring-work.ts';

/** Most events of one transaction. */
const batch = 50;

const takeEvents = {
  name: 'take_outgoing_events',
  text: `select tenant_id as "tenantId", user_id as "userId", type, data from identity.take_outgoing_events($1)`,
};

/**
 * Publishes the events that statements have stored beside what they tell about (an outbox). The contract of
 * saga-service promises that a template starts by its event, and a welcome that depends on Redis being there at that
 * very moment would be no promise; so sending it off and forgetting it is not enough, while waiting for Redis would
 * make registrations as slow and as fragile as Redis is. An event is published at least once: its row goes in the
 * transaction in which the stream has confirmed it, and a process that dies in between lets it be published again,
 * which readers of the stream bear.
 */
export function createOutgoingEvents(options: {
  database: Database;
  publish: PublishEvent;
  log: Log;
}): RecurringWork {
  const { database, publish, log } = options;

  function publishSome(): Promise<number> {
    return database.transaction(async (tx) => {
      const { rows } = await tx.query<NewEvent>(takeEvents, [batch]);
      await Promise.all(rows.map(publish));
      return rows.length;
    });
  }

  return createRecurringWork({
    name: 'publishing events',
    log,
    async work(signal) {
      while (!signal.aborted && (await publishSome()) === batch) {
        // One transaction each, so that a failure gives back no more than a batch.
      }
    },
  });
}
