import type { airtableGateway } from '../../../contracts/airtable-gateway/contract.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { watchBases } from '../embedded/record-events/watch-bases.ts';

/** Which changes start workflows. */
export function recordWatchHandlers({
  database,
  reportsChanges,
}: {
  database: Database;
  reportsChanges: boolean;
}) {
  return {
    async setRecordWatches({ body }) {
      if (reportsChanges) return watchBases(database, body);
      return { watched: [], unknown: body.bases.map(({ base_id }) => base_id) };
    },
  } satisfies Handlers<typeof airtableGateway>;
}
