import type { automationServices } from '../../../contracts/automation-services/contract.ts';
import { maxEventContent } from '../../../contracts/automation-services/service-calls.ts';
import { ProblemError } from '../../../kit/http/problem.ts';
import type { Log } from '../../../kit/observe/log.ts';
import { withSpan } from '../../../kit/observe/tracing.ts';
import type { Client } from '../../../kit/peers/client.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { type Backoff, backoffMs } from '../../../kit/service/backoff.ts';
import type { Clock } from '../../../kit/service/clock.ts';
import { createRecurringWork, type RecurringWork } from '../../../kit/service/recurring-work.ts';
import { backgroundScope, runInScope } from '../../../kit/service/scope.ts';
import { findExtraction } from '../processing/work-rows.ts';
import { findFile } from '../store/file-rows.ts';
import { type ClaimedEvent, claimEvent, deleteEvent, postponeEvent } from './event-rows.ts';

/** Maximum wait for the response of automation-services, milliseconds. */
export const deliveryTimeoutMs = 5_000;
/** Duration of a claim, seconds: the call and storing its result. */
const leaseSeconds = 30;
/** Delays of an event that automation-services rejects for now. */
const rejectedBackoff: Backoff = { firstMs: 10_000, maxMs: 3_600_000 };

export interface FileEventsOptions {
  database: Database;
  automation: Pick<Client<typeof automationServices>, 'fileEvent'>;
  log: Log;
  clock?: Clock;
}

function failureOf({ status }: PeerProblem): 'unavailable' | 'invalid' | 'rejected' {
  if (status === undefined || [502, 503, 504].includes(status)) return 'unavailable';
  return [400, 413, 415, 422].includes(status) ? 'invalid' : 'rejected';
}

/** The text up to the maximum length in the contract, cut between characters. */
function contentOf(text: string): string {
  return text.slice(0, maxEventContent).replace(/[\ud800-\udbff]$/, '');
}

/**
 * Delivers events about stored and processed files to automation-services, where they start workflows. An upload does
 * not wait for the delivery: events are stored in an outbox, in the transaction of the change that they report, and
 * are delivered at least once. automation-services ignores repeated events. Deleting a file deletes its undelivered
 * events.
 *
 * While automation-services is unavailable, there is one attempt after each pause. An invalid event is logged and
 * dropped. An event that is rejected for another reason, such as a busy tenant, is postponed and does not block others.
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
      ...(extracted === undefined ? {} : { content: contentOf(extracted.text) }),
    };
    const { executions } = await automation.fileEvent({ body }, { signal });
    log.info({ file_id: fileId, event: type, executions: executions.length }, 'file event delivered');
  }

  /** @throws PeerProblem when automation-services is unavailable */
  async function handleFailure(event: ClaimedEvent, error: unknown, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return postponeEvent(database, event, { seconds: 0 });
    // The file was deleted, and its events with it.
    if (error instanceof ProblemError) return;
    if (!(error instanceof PeerProblem)) throw error;
    const failure = failureOf(error);
    if (failure === 'invalid') {
      log.error({ err: error, file_id: event.fileId, event: event.type }, 'invalid file event dropped');
      return deleteEvent(database, event);
    }
    if (failure === 'rejected') {
      log.warn({ err: error.message, file_id: event.fileId }, 'rejected file event postponed');
      return postponeEvent(database, event, { seconds: backoffMs(rejectedBackoff, event.attempts) / 1_000 });
    }
    await postponeEvent(database, event, { seconds: 0 });
    throw error;
  }

  async function deliver(event: ClaimedEvent, signal: AbortSignal): Promise<void> {
    await withSpan('deliver file event', { attributes: { 'file.id': event.fileId } }, async () => {
      try {
        await send(event, signal);
      } catch (error) {
        return handleFailure(event, error, signal);
      }
      await deleteEvent(database, event);
    });
  }

  return createRecurringWork({
    name: 'delivering file events',
    log,
    ...(clock ? { clock } : {}),
    async work(signal) {
      while (!signal.aborted) {
        const event = await claimEvent(database, { leaseSeconds });
        if (event === undefined) return;
        await runInScope(backgroundScope(), () => deliver(event, signal));
      }
    },
  });
}
