import type { Database } from '../../../kit/postgres/database.ts';
import { rememberWorkspace } from '../../../kit/rights/remember-workspace.ts';
import type { FindWorkspace } from '../../../kit/rights/rights-guard.ts';
import { isId } from '../airtable-id.ts';

/** Finds the workspaces of stored bases. A base never moves to another one. */
export function findStoredWorkspace(database: Database): FindWorkspace {
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
