import type { Registry } from 'prom-client';
import type { Log } from '../observe/log.ts';
import type { Database } from '../postgres/database.ts';
import { createRecurringWork, type RecurringWork } from '../service/recurring-work.ts';
import { createBatchedDeletion } from './batched-deletion.ts';

/** Maximum number of rows per transaction. A run has many rows of other tables. */
const batchSize = 100;
/** Time between two searches, milliseconds. */
const everyMs = 60 * 60 * 1_000;

/**
 * Deletes what has been kept long enough, every hour.
 * @param keepDays days for which rows of each kind stay. The kind also names the function of the database:
 *   `<schema>.delete_outdated_<kind>(keep_days, at_most)`
 */
export function createRowRetention(options: {
  database: Pick<Database, 'query'>;
  schema: string;
  keepDays: Readonly<Record<string, number>>;
  registry: Registry;
  log: Log;
}): RecurringWork {
  const { database, schema, keepDays, registry, log } = options;
  const deletion = createBatchedDeletion({ registry, log });

  async function deleteBatch(kind: string, days: number, atMost: number): Promise<number> {
    const statement = {
      name: `delete_outdated_${kind}`,
      text: `select ${schema}.delete_outdated_${kind}($1, $2) as deleted`,
    };
    const { rows } = await database.query<{ deleted: number }>(statement, [days, atMost]);
    return rows[0]?.deleted ?? 0;
  }

  return createRecurringWork({
    name: `deleting outdated rows of ${schema}`,
    log,
    everyMs,
    async work(signal) {
      for (const [kind, days] of Object.entries(keepDays))
        await deletion.run(
          { kind, batchSize, deleteBatch: (atMost) => deleteBatch(kind, days, atMost) },
          signal,
        );
    },
  });
}
