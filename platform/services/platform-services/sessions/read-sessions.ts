import type { Paging } from '../../../contracts/paging.ts';
import type { SessionInfo } from '../../../contracts/platform-services/authentication.ts';
import type { ListDefinition } from '../../../kit/lists/list-definition.ts';
import { asTenant, type ListPage, readList } from '../../../kit/lists/read-list.ts';
import type { Database, Tenant } from '../../../kit/postgres/database.ts';

export const sessionList: ListDefinition = {
  name: 'list_sessions',
  table: 'identity.sessions',
  columns: 'id, address, user_agent, created_at, last_used_at, expires_at',
  sortedBy: [
    { column: 'last_used_at', type: 'timestamptz' },
    { column: 'id', type: 'uuid' },
  ],
  direction: 'desc',
};

/** One page of the user's active sessions, latest used first. A session in use moves to the first page. */
export function readSessions(
  database: Database,
  who: Tenant,
  paging: Paging,
): Promise<ListPage<Omit<SessionInfo, 'current'>>> {
  return readList(asTenant(database, who), sessionList, {
    ...paging,
    filters: [
      { name: 'own', where: (user) => `e.user_id = ${user}::uuid`, value: who.userId },
      { name: 'active', where: () => 'e.revoked_at is null and e.expires_at > now()' },
    ],
  });
}
