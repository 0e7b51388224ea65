import type { SyncLog } from '../../../contracts/airtable-gateway/contract.ts';
import type { Paging } from '../../../contracts/paging.ts';
import type { ListDefinition } from '../../../kit/lists/list-definition.ts';
import { asTenant, type ListPage, readList } from '../../../kit/lists/read-list.ts';
import type { Database, Tenant } from '../../../kit/postgres/database.ts';
import { syncLogColumns } from './sync-base.ts';

export const syncLogList: ListDefinition = {
  name: 'list_sync_logs',
  table: 'airtable.airtable_sync_logs',
  columns: syncLogColumns,
  sortedBy: [
    { column: 'started_at', type: 'timestamptz' },
    { column: 'id', type: 'bigint' },
  ],
  direction: 'desc',
};

/** One page of the logs of some bases, newest first. */
export function listSyncLogs(
  database: Database,
  tenant: Tenant,
  {
    baseIds,
    status,
    ...paging
  }: Paging & { baseIds: readonly string[]; status?: SyncLog['sync_status'] | undefined },
): Promise<ListPage<SyncLog>> {
  return readList(asTenant(database, tenant), syncLogList, {
    ...paging,
    filters: [
      status === undefined
        ? undefined
        : { name: 'with_status', where: (text) => `e.sync_status = ${text}::text`, value: status },
    ],
    parts: { column: 'base_id', type: 'text', values: baseIds },
  });
}
