import type { airtableGateway, SyncLog } from '../../../contracts/airtable-gateway/contract.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { storableText } from '../../../kit/postgres/storable-text.ts';
import type { RequestRights } from '../../../kit/rights/request-rights.ts';
import type { FindWorkspace } from '../../../kit/rights/rights-guard.ts';
import { invalidRequest } from '../airtable-problem.ts';
import { toCaller } from '../caller.ts';
import { syncBase, syncLogColumns } from '../sync/sync-base.ts';
import type { Upstream } from '../upstream.ts';
import { toCall } from './record-handlers.ts';
import { namedWorkspace } from './workspace-rights.ts';

export interface SyncDeps {
  database: Database;
  upstream: Upstream;
  workspaceOfBase: FindWorkspace;
  /** Whether a sync may move a base: the workspace of a base of the real Airtable is known to the metadata tables only. */
  movesBases: boolean;
}

/** @throws AirtableProblem when the caller names a workspace without being in it */
function wantedWorkspace({ authority }: RequestRights, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const workspaceId = namedWorkspace(authority, text);
  if (workspaceId === undefined) throw invalidRequest('body.workspace_id: you are in no such workspace');
  return workspaceId;
}

/** Sync into the metadata tables, its logs, and the cache in front of the real Airtable. */
export function syncHandlers({ database, upstream, workspaceOfBase, movesBases }: SyncDeps) {
  return {
    async sync(request) {
      const { rights, body } = request;
      const workspaceId = wantedWorkspace(rights, body.workspace_id);
      if (workspaceId !== undefined && workspaceId !== rights.workspaceId) {
        if (!movesBases)
          throw invalidRequest('body.workspace_id: a base of the embedded Airtable stays in its workspace');
        rights.require('create', rights.workspaceId);
        rights.require('create', workspaceId);
      }
      const stores = { database, upstream, storesBases: !movesBases };
      return syncBase(stores, toCall(request), { ...body, workspaceId });
    },
    async syncLogs({ caller, query, rights }) {
      const { page, page_size } = query;
      // The join keeps one row for the total when the page is past the end.
      const { rows } = await database.tenantQuery<SyncLog & { total: number }>(
        toCaller(caller),
        `with matching as (
           select ${syncLogColumns}, id from airtable.airtable_sync_logs
           where ($1::text is null or base_id = $1) and ($2::text is null or sync_status = $2)
             and base_id in (
               select b.base_id from airtable.airtable_bases b where coalesce(b.workspace_id, $6) = any($5::text[]))
         )
         select (select count(*) from matching) as total, page.*
         from (values (1)) as always(x)
         left join lateral (select * from matching order by started_at desc, id desc limit $3 offset $4) page on true`,
        [
          query.base_id === undefined ? null : storableText(query.base_id),
          query.status ?? null,
          page_size,
          (page - 1) * page_size,
          rights.workspaceIds('read'),
          rights.authority.tenant_workspace_id,
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
      const { rights, caller } = request;
      if (baseId !== undefined) rights.require('edit', (await workspaceOfBase(caller, baseId)) ?? '');
      else if (rights.workspaceIds('edit').length === 0)
        throw problem('forbidden', { message: 'This needs the role editor in a workspace.' });
      return { invalidated: await upstream.forgetCached(toCall(request), { baseId, table }) };
    },
  } satisfies Handlers<typeof airtableGateway>;
}
