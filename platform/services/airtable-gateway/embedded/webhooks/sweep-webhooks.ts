import type { Log } from '../../../../kit/observe/log.ts';
import type { Database } from '../../../../kit/postgres/database.ts';
import { createRecurringWork, type RecurringWork } from '../../../../kit/service/recurring-work.ts';

/** Maximum number of payloads, and of webhooks, that one statement deletes. */
const batchSize = 1_000;
/** Interval between sweeps, milliseconds. */
const sweepEveryMs = 600_000;

/** Deletes payloads that are a week old and webhooks that expired a week ago. Returns their number. */
export async function sweepWebhooks(
  database: Pick<Database, 'query'>,
  { signal }: { signal?: AbortSignal } = {},
): Promise<number> {
  let total = 0;
  for (;;) {
    const { rows } = await database.query<{ swept: number }>('select airtable.sweep_webhooks($1) as swept', [
      batchSize,
    ]);
    const swept = rows[0]?.swept ?? 0;
    total += swept;
    if (swept < batchSize || signal?.aborted) return total;
  }
}

export function createWebhookSweeper({ database, log }: { database: Database; log: Log }): RecurringWork {
  return createRecurringWork({
    name: 'deleting old webhook payloads',
    log,
    everyMs: sweepEveryMs,
    async work(signal) {
      const swept = await sweepWebhooks(database, { signal });
      if (swept > 0) log.info({ swept }, 'deleted old webhook payloads');
    },
  });
}
