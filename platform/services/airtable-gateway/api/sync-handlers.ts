import type { airtableGateway, SyncLog } from '../../../contracts/airtable-gateway/contract.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { storableText } from '../../../kit/postgres/storable-text.ts';
import type { RequestRights } from '../../../kit/rights/request-rights.ts';
import type { FindWorkspace } from '../../../kit/rights/rights-guard.ts';
import { invalidRequest } from '../airtable-problem.ts';
import { toCaller } from '../caller.ts';
import { listSyncLogs } from '../sync/list-sync-logs.ts';
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

const visibleBases = {
  name: 'bases_of_sync_logs',
  text: `select b.base_id from airtable.airtable_bases b
         where ($1::text is null or b.base_id = $1) and coalesce(b.workspace_id, $3) = any($2::text[])`,
};

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
      const { base_id, status, ...paging } = query;
      const tenant = toCaller(caller);
      // The bases first, so that the rows of each are read by the index.
      const { rows: bases } = await database.tenantQuery<{ base_id: string }>(tenant, visibleBases, [
        base_id === undefined ? null : storableText(base_id),
        rights.workspaceIds('read'),
        rights.authority.tenant_workspace_id,
      ]);
      const { entries, ...page } = await listSyncLogs(database, tenant, {
        ...paging,
        status,
        baseIds: bases.map((base) => base.base_id),
      });
      return { logs: entries, ...page };
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
