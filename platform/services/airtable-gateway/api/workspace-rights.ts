import { airtableGateway } from '../../../contracts/airtable-gateway/contract.ts';
import { namesWorkspace } from '../../../contracts/airtable-gateway/workspace-id.ts';
import type { Authority } from '../../../contracts/rights.ts';
import type { Database } from '../../../kit/postgres/database.ts';
import type { Authorities } from '../../../kit/rights/authorities.ts';
import type { FindWorkspace, RightsOptions } from '../../../kit/rights/rights-guard.ts';
import { noPermission, notFound } from '../airtable-problem.ts';

export interface WorkspaceRightsDeps {
  authorities: Authorities;
  database: Database;
  /** Finds the workspace of a base. */
  workspaceOfBase: FindWorkspace;
  /** Finds the workspace of a new base from the `workspaceId` of its definition. */
  workspaceOfNewBase: FindWorkspace;
}

/**
 * The workspace that a user names by its id in the platform's format or in Airtable's, or as `default`; undefined when
 * the user is not in it.
 */
export function namedWorkspace(authority: Authority, text: string): string | undefined {
  if (text === 'default') return authority.default_workspace_id ?? undefined;
  return authority.workspaces.find(({ id }) => namesWorkspace(text, id))?.id;
}

/** How the kit finds the workspaces of bases and syncs, with Airtable's errors. */
export function workspaceRights(deps: WorkspaceRightsDeps): RightsOptions {
  const { authorities, database, workspaceOfBase, workspaceOfNewBase } = deps;
  return {
    authorities,
    workspaceOf: {
      base: workspaceOfBase,
      workspace: workspaceOfNewBase,
      async sync(caller, id) {
        const { rows } = await database.tenantQuery<{ base_id: string }>(
          { tenantId: caller.tenant_id, userId: caller.user_id },
          'select base_id from airtable.airtable_sync_logs where sync_id = $1',
          [id],
        );
        return rows[0] && workspaceOfBase(caller, rows[0].base_id);
      },
    },
    // A base that does not exist and one that the token does not reach look alike.
    hidden: (spec, { caller }) =>
      spec === airtableGateway.routes.createBase || caller.resources !== undefined
        ? noPermission()
        : notFound(),
  };
}
