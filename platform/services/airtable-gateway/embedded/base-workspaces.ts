import type { Database } from '../../../kit/postgres/database.ts';
import { type RememberedWorkspaces, rememberWorkspace } from '../../../kit/rights/remember-workspace.ts';
import { isId } from '../airtable-id.ts';

/**
 * Finds the workspaces of stored bases. A base never moves to another one. Another process may still know the one of a
 * deleted base: its requests find no base then.
 */
export function findStoredWorkspace(database: Database): RememberedWorkspaces {
  return rememberWorkspace(async ({ tenant_id, user_id }, baseId) => {
    if (!isId('app', baseId)) return undefined;
    const { rows } = await database.tenantRead<{ workspace_id: string }>(
      { tenantId: tenant_id, userId: user_id },
      { name: 'airtable_base_workspace', text: 'select workspace_id from airtable.bases where id = $1' },
      [baseId],
    );
    return rows[0]?.workspace_id;
  });
}
