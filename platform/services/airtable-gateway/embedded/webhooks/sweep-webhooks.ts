import type { Log } from '../../../../kit/observe/log.ts';
import type { Database } from '../../../../kit/postgres/database.ts';
import { describeFailure } from '../../../../kit/service/describe-failure.ts';

/** Most payloads, and most webhooks, deleted by one statement. */
const batch = 1_000;
/** How often is looked for what is too old, milliseconds. */
const sweepEveryMs = 600_000;

/** Deletes payloads a week old and webhooks that expired a week ago. Answers how many. */
export async function sweepWebhooks(
  database: Pick<Database, 'query'>,
  { signal }: { signal?: AbortSignal } = {},
): Promise<number> {
  let all = 0;
  for (;;) {
    const { rows } = await database.query<{ swept: number }>('select airtable.sweep_webhooks($1) as swept', [
      batch,
    ]);
    const swept = rows[0]?.swept ?? 0;
    all += swept;
    if (swept < batch || signal?.aborted) return all;
  }
}

/** Sweeps now and from time to time. Answers how to stop. */
export function keepWebhooksSwept({ database, log }: { database: Database; log: Log }): () => Promise<void> {
  const stopping = new AbortController();
  let sweeping = Promise.resolve();
  const sweep = () => {
    sweeping = sweepWebhooks(database, { signal: stopping.signal }).then(
      (swept) => {
        if (swept > 0) log.info({ swept }, 'swept payloads of webhooks');
      },
      (error: unknown) => log.warn({ err: describeFailure(error) }, 'webhooks could not be swept'),
    );
  };
  sweep();
  const timer = setInterval(sweep, sweepEveryMs).unref();
  return () => {
    clearInterval(timer);
    stopping.abort();
    return sweeping;
  };
}
