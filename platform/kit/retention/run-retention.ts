import type { Registry } from 'prom-client';
import type { Log } from '../observe/log.ts';
import type { Database } from '../postgres/database.ts';
import { createRecurringWork, type RecurringWork } from '../service/recurring-work.ts';
import { createBatchedDeletion } from './batched-deletion.ts';

/** Maximum number of runs per transaction. Each has many rows. */
const batchSize = 100;
/** Time between two searches, milliseconds. */
const everyMs = 60 * 60 * 1_000;

/**
 * Deletes runs that have ended long ago, every hour.
 * @param kind also names the function of the database: `<schema>.delete_outdated_<kind>(keep_days, at_most)`
 * @param keepDays days for which an ended run stays
 */
export function createRunRetention(options: {
  database: Pick<Database, 'query'>;
  schema: string;
  kind: string;
  keepDays: number;
  registry: Registry;
  log: Log;
}): RecurringWork {
  const { database, schema, kind, keepDays, registry, log } = options;
  const deletion = createBatchedDeletion({ registry, log });
  const statement = {
    name: `delete_outdated_${kind}`,
    text: `select ${schema}.delete_outdated_${kind}($1, $2) as deleted`,
  };
  return createRecurringWork({
    name: `deleting outdated ${kind}`,
    log,
    everyMs,
    work: (signal) =>
      deletion.run(
        {
          kind,
          batchSize,
          async deleteBatch(atMost) {
            const { rows } = await database.query<{ deleted: number }>(statement, [keepDays, atMost]);
            return rows[0]?.deleted ?? 0;
          },
        },
        signal,
      ),
  });
}
