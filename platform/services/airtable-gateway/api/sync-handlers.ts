import type { airtableGateway, SyncLog } from '../../../contracts/airtable-gateway/contract.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { storableText } from '../../../kit/postgres/storable-text.ts';
import { toCaller } from '../caller.ts';
import { syncBase, syncLogColumns } from '../sync/sync-base.ts';
import type { Upstream } from '../upstream.ts';
import { toCall } from './record-handlers.ts';

/** Sync into the metadata tables, its logs, and the cache in front of the real Airtable. */
export function syncHandlers({ database, upstream }: { database: Database; upstream: Upstream }) {
  return {
    sync: async (request) => syncBase({ database, upstream }, toCall(request), request.body),
    async syncLogs({ caller, query }) {
      const { page, page_size } = query;
      // The join keeps one row for the total when the page is past the end.
      const { rows } = await database.tenantQuery<SyncLog & { total: number }>(
        toCaller(caller),
        `with matching as (
           select ${syncLogColumns}, id from airtable.airtable_sync_logs
           where ($1::text is null or base_id = $1) and ($2::text is null or sync_status = $2)
         )
         select (select count(*) from matching) as total, page.*
         from (values (1)) as always(x)
         left join lateral (select * from matching order by started_at desc, id desc limit $3 offset $4) page on true`,
        [
          query.base_id === undefined ? null : storableText(query.base_id),
          query.status ?? null,
          page_size,
          (page - 1) * page_size,
        ],
      );
      return {
        logs: rows.filter(({ sync_id }) => sync_id !== null),
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
