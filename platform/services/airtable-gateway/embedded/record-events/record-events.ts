import type { automationServices } from '../../../../contracts/automation-services/contract.ts';
import { createOutbox } from '../../../../kit/events/outbox.ts';
import type { Log } from '../../../../kit/observe/log.ts';
import type { Client } from '../../../../kit/peers/client.ts';
import type { Database } from '../../../../kit/postgres/database.ts';
import type { Clock } from '../../../../kit/service/clock.ts';
import type { RecurringWork } from '../../../../kit/service/recurring-work.ts';
import { type ClaimedEvent, claimEvent, deleteEvent, loadEvent, postponeEvent } from './event-rows.ts';

export interface RecordEventsOptions {
  database: Database;
  automation: Pick<Client<typeof automationServices>, 'recordEvent'>;
  log: Log;
  clock?: Clock;
}

/** Delivers events of changed records to automation-services, where they start workflows. Writes do not wait for it. */
export function createRecordEvents({ database, automation, log, clock }: RecordEventsOptions): RecurringWork {
  return createOutbox<ClaimedEvent>({
    name: 'delivering record events',
    claim: (lease) => claimEvent(database, lease),
    async send(event, signal) {
      const body = await loadEvent(database, event);
      if (body === undefined) return;
      const { executions } = await automation.recordEvent({ body }, { signal });
      log.info({ event_id: event.id, executions: executions.length }, 'record event delivered');
    },
    remove: (event) => deleteEvent(database, event),
    postpone: (event, delay) => postponeEvent(database, event, delay),
    describe: ({ id }) => ({ event_id: id }),
    log,
    ...(clock ? { clock } : {}),
  });
}
