import type { airtableGateway, SyncLog } from '../../../contracts/airtable-gateway/contract.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { storableText } from '../../../kit/postgres/storable-text.ts';
import { syncBase, syncLogColumns } from '../sync/sync-base.ts';
import type { Upstream } from '../upstream.ts';
import { toCaller } from './caller.ts';
import { toCall } from './record-handlers.ts';

/** The sync into the metadata tables, its logs, and the cache in front of the real Airtable. */
export function syncHandlers({ database, upstream }: { database: Database; upstream: Upstream }) {
  return {
    sync: async (request) => syncBase({ database, upstream }, toCall(request), request.body),
    async syncLogs({ caller, query }) {
      const { page, page_size } = query;
      // The window counts before the limit applies; an empty page past the end still has to know the total.
      const { rows } = await database.tenantQuery<{ total: number; log: SyncLog | null }>(
        toCaller(caller),
        `with matching as (
           select ${syncLogColumns}, id from airtable.airtable_sync_logs
           where ($1::text is null or base_id = $1) and ($2::text is null or sync_status = $2)
         ), page as (select * from matching order by started_at desc, id desc limit $3 offset $4)
         select (select count(*) from matching) as total, to_jsonb(page) as log
         from (select 1) as one left join page on true
         order by page.started_at desc, page.id desc`,
        [
          query.base_id === undefined ? null : storableText(query.base_id),
          query.status ?? null,
          page_size,
          (page - 1) * page_size,
        ],
      );
      return {
        logs: rows.flatMap(({ log }) => (log === null ? [] : [withIsoTimes(log)])),
        total: rows[0]?.total ?? 0,
        page,
        page_size,
      };
    },
    async syncLog({ caller, params }) {
      const { rows } = await database.tenantQuery<SyncLog>(
        toCaller(caller),
        `select ${syncLogColumns} from airtable.airtable_sync_logs where sync_id = $1`,
        [params.syncId],
      );
      if (rows[0] === undefined) throw problem('not_found');
      return rows[0];
    },
    async invalidateCache(request) {
      const { base_id: baseId, table_id: table } = request.body;
      return { invalidated: await upstream.forgetCached(toCall(request), { baseId, table }) };
    },
  } satisfies Handlers<typeof airtableGateway>;
}

/** Inside jsonb PostgreSQL writes offsets as +00:00. */
function withIsoTimes(log: SyncLog): SyncLog {
  return {
    ...log,
    started_at: new Date(log.started_at).toISOString(),
    completed_at: log.completed_at === null ? null : new Date(log.completed_at).toISOString(),
  };
}
