import type { automationServices } from '../../../contracts/automation-services/contract.ts';
import { maxEventContent } from '../../../contracts/automation-services/service-calls.ts';
import { ProblemError } from '../../../kit/http/problem.ts';
import type { Log } from '../../../kit/observe/log.ts';
import { withSpan } from '../../../kit/observe/tracing.ts';
import type { Client } from '../../../kit/peers/client.ts';
import { PeerProblem } from '../../../kit/peers/peer-problem.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import type { Clock } from '../../../kit/service/clock.ts';
import { createRecurringWork, type RecurringWork } from '../../../kit/service/recurring-work.ts';
import { backgroundScope, runInScope } from '../../../kit/service/scope.ts';
import { findExtraction } from '../processing/work-rows.ts';
import { findFile } from '../store/file-rows.ts';
import { type ClaimedEvent, claimEvent, forgetEvent, putOffEvent } from './event-rows.ts';

/** Most time for automation-services to answer, milliseconds. */
export const answerLimitMs = 5_000;
/** How long a taken event stays taken when its process is not heard of again: the call and storing its outcome. */
const leaseSeconds = 30;
/** Longest time an event is put off that the other side would not take, seconds. */
const maxPutOffSeconds = 3_600;

export interface FileEventsOptions {
  database: Database;
  automation: Pick<Client<typeof automationServices>, 'fileEvent'>;
  log: Log;
  clock?: Clock;
}

/** What to do about an event that was not taken. */
type Refusal = 'never' | 'later' | 'away';

function refusalOf(error: PeerProblem): Refusal {
  const { status } = error;
  if (status === undefined || [502, 503, 504].includes(status)) return 'away';
  return [400, 413, 415, 422].includes(status) ? 'never' : 'later';
}

/** As much of a text as the contract lets through, cut between characters. */
function contentOf(text: string): string {
  return text.slice(0, maxEventContent).replace(/[\ud800-\udbff]$/, '');
}

/**
 * Tells automation-services of files that were stored and processed, so that workflows start which wait for them.
 * An upload never waits for it: the events lie in the database, written with what they tell about, and are told at
 * least once; the other side promises that a repetition has no further effect. A deletion is no event there: it takes
 * what has not been told of its file with it.
 *
 * While the other side is away nothing is sent but one try after each pause. What it will never accept is dropped
 * with a line in the log; what it does not take for another reason (a busy tenant) waits by itself, in nobody's way.
 */
export function createFileEvents(options: FileEventsOptions): RecurringWork {
  const { database, automation, log, clock } = options;

  async function tell({ fileId, type, tenant }: ClaimedEvent, signal: AbortSignal): Promise<void> {
    const file = await findFile(database, tenant, fileId);
    const extracted = type === 'file_processed' ? await findExtraction(database, tenant, fileId) : undefined;
    const body = {
      type,
      tenant_id: tenant.tenantId,
      user_id: tenant.userId,
      file_id: fileId,
      filename: file.filename,
      ...(extracted === undefined ? {} : { content: contentOf(extracted.text) }),
    };
    const { executions } = await automation.fileEvent({ body }, { signal });
    log.info({ file_id: fileId, event: type, executions: executions.length }, 'told of a file');
  }

  /** @throws PeerProblem when the other side is away */
  async function settle(event: ClaimedEvent, error: unknown, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return putOffEvent(database, event, { seconds: 0 });
    // The file went meanwhile, and its events with it.
    if (error instanceof ProblemError) return;
    if (!(error instanceof PeerProblem)) throw error;
    const refusal = refusalOf(error);
    if (refusal === 'never') {
      log.error({ err: error, file_id: event.fileId, event: event.type }, 'an event was refused for good');
      return forgetEvent(database, event);
    }
    if (refusal === 'later') {
      log.warn({ err: error.message, file_id: event.fileId }, 'an event has to wait');
      const seconds = Math.min(5 * 2 ** event.attempts, maxPutOffSeconds);
      return putOffEvent(database, event, { seconds });
    }
    await putOffEvent(database, event, { seconds: 0 });
    throw error;
  }

  async function deliver(event: ClaimedEvent, signal: AbortSignal): Promise<void> {
    await withSpan('tell of file', { attributes: { 'file.id': event.fileId } }, async () => {
      try {
        await tell(event, signal);
      } catch (error) {
        return settle(event, error, signal);
      }
      await forgetEvent(database, event);
    });
  }

  return createRecurringWork({
    name: 'telling automation-services of files',
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
