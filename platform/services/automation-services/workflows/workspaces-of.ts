import { tenantOf } from '../../../kit/auth/tenant-of.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import { rememberWorkspace } from '../../../kit/rights/remember-workspace.ts';
import type { FindWorkspace } from '../../../kit/rights/rights-guard.ts';

/** The workspaces of workflows and executions, which never move to another one. */
export function workspacesOf(database: Database) {
  const find = (table: 'workflows' | 'executions'): FindWorkspace => {
    const statement = {
      name: `workspace_of_${table}`,
      text: `select workspace_id from automation.${table} where id = $1`,
    };
    return rememberWorkspace(async (caller, id) => {
      const { rows } = await database.tenantRead<{ workspace_id: string }>(tenantOf(caller), statement, [id]);
      return rows[0]?.workspace_id;
    });
  };
  return { workflow: find('workflows'), execution: find('executions') };
}
