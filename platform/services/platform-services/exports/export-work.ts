import type { Log } from '../../../kit/observe/log.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { type Backoff, backoffMs } from '../../../kit/service/backoff.ts';
import { workOnClaims } from '../../../kit/service/claimed-work.ts';
import { describeFailure } from '../../../kit/service/describe-failure.ts';
import { createRecurringWork, type RecurringWork } from '../../../kit/service/recurring-work.ts';
import type { Mailer } from '../mail/mailer.ts';
import {
  type ClaimedExport,
  claimExport,
  ExportLost,
  finishExport,
  postponeExport,
  startParts,
  storePart,
  subjectOf,
} from './exports.ts';
import { type ExportSources, writeArchive } from './write-archive.ts';

/** Duration of a claim, seconds. Each stored part renews it. */
const leaseSeconds = 120;
/** Bytes of a part of the archive. */
const partBytes = 1024 * 1024;
/** Delays after failures. */
const backoff: Backoff = { firstMs: 2_000, maxMs: 5 * 60_000 };
/** Time after which an export that keeps failing has failed, milliseconds. */
const giveUpMs = 24 * 3600 * 1_000;

/**
 * Collects the data of accounts from every service. The archive is stored in parts; an attempt that fails, also by the
 * end of the process, is repeated from its start.
 */
export function createExportWork(options: {
  database: Database;
  mailer: Mailer;
  sources: ExportSources;
  log: Log;
}): RecurringWork {
  const { database, mailer, sources, log } = options;

  async function collect(claimed: ClaimedExport, signal: AbortSignal): Promise<void> {
    const order = await subjectOf(database, claimed);
    // The account was deleted, and the export with it.
    if (order === undefined) return;
    await startParts(database, claimed);
    let parts = 0;
    let size = 0;
    let rest = Buffer.alloc(0);
    const store = async (bytes: Buffer) => {
      await storePart(database, claimed, { position: parts, bytes, leaseSeconds });
      parts += 1;
    };
    const archive = await writeArchive(sources, order, signal);
    for await (const chunk of archive as AsyncIterable<Buffer>) {
      size += chunk.length;
      rest = Buffer.concat([rest, chunk]);
      for (; rest.length >= partBytes; rest = rest.subarray(partBytes))
        await store(rest.subarray(0, partBytes));
    }
    if (rest.length > 0) await store(rest);
    await finishExport({ database, mailer }, claimed, { size, email: order.email });
    log.info({ export: claimed.id, size }, 'account exported');
  }

  async function attempt(claimed: ClaimedExport, signal: AbortSignal): Promise<void> {
    try {
      await collect(claimed, signal);
    } catch (error) {
      if (error instanceof ExportLost) return;
      const isOld = Date.now() - Date.parse(claimed.requested_at) > giveUpMs;
      const seconds = signal.aborted ? 0 : backoffMs(backoff, claimed.attempts) / 1_000;
      await postponeExport(database, claimed, isOld ? undefined : seconds);
      if (!signal.aborted)
        log.warn({ export: claimed.id, err: describeFailure(error), isOld }, 'an account was not exported');
    }
  }

  return createRecurringWork({
    name: 'exporting accounts',
    log,
    async work(signal) {
      await workOnClaims({ claim: () => claimExport(database, leaseSeconds), attempt }, signal);
      await database.query('select identity.expire_exports()');
    },
  });
}
