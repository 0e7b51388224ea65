import type { automationServices } from '../../../contracts/automation-services/contract.ts';
import { maxEventContent } from '../../../contracts/automation-services/service-calls.ts';
import { createOutbox } from '../../../kit/events/outbox.ts';
import { ProblemError } from '../../../kit/http/problem.ts';
import type { Log } from '../../../kit/observe/log.ts';
import type { Client } from '../../../kit/peers/client.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import type { Clock } from '../../../kit/service/clock.ts';
import type { RecurringWork } from '../../../kit/service/recurring-work.ts';
import { findExtraction } from '../processing/work-rows.ts';
import { findFile } from '../store/file-rows.ts';
import { type ClaimedEvent, claimEvent, deleteEvent, postponeEvent } from './event-rows.ts';

export interface FileEventsOptions {
  database: Database;
  automation: Pick<Client<typeof automationServices>, 'fileEvent'>;
  log: Log;
  clock?: Clock;
}

/** The text up to the maximum length in the contract, cut between characters. */
function contentOf(text: string): string {
  return text.slice(0, maxEventContent).replace(/[\ud800-\udbff]$/, '');
}

/**
 * Delivers events about stored and processed files to automation-services, where they start workflows. An upload does
 * not wait for the delivery. automation-services ignores repeated events. Deleting a file deletes its undelivered
 * events.
 */
export function createFileEvents(options: FileEventsOptions): RecurringWork {
  const { database, automation, log, clock } = options;

  async function send({ fileId, type, tenant }: ClaimedEvent, signal: AbortSignal): Promise<void> {
    const file = await findFile(database, tenant, fileId);
    const extracted = type === 'file_processed' ? await findExtraction(database, tenant, fileId) : undefined;
    const body = {
      type,
      tenant_id: tenant.tenantId,
      user_id: tenant.userId,
      workspace_id: file.workspace_id,
      file_id: fileId,
      filename: file.filename,
      content_type: file.content_type,
      size: file.size,
      ...(extracted === undefined ? {} : { content: contentOf(extracted.text) }),
    };
    const { executions } = await automation.fileEvent({ body }, { signal });
    log.info({ file_id: fileId, event: type, executions: executions.length }, 'file event delivered');
  }

  return createOutbox<ClaimedEvent>({
    name: 'delivering file events',
    claim: (lease) => claimEvent(database, lease),
    async send(event, signal) {
      try {
        await send(event, signal);
      } catch (error) {
        // The file was deleted, and its events with it.
        if (!(error instanceof ProblemError)) throw error;
      }
    },
    remove: (event) => deleteEvent(database, event),
    postpone: (event, delay) => postponeEvent(database, event, delay),
    describe: ({ fileId, type }) => ({ file_id: fileId, event: type }),
    log,
    ...(clock ? { clock } : {}),
  });
}
