import type { Database } from '../../../kit/postgres/database.ts';
import type { Authorities } from '../../../kit/rights/authorities.ts';
import type { Caller } from '../caller.ts';

/** The workspaces of bases of the real Airtable, by base id; empty when the tenant has no default workspace. */
export type MappedWorkspaces = (
  caller: Pick<Caller, 'tenantId' | 'userId'>,
  baseIds: readonly string[],
) => Promise<ReadonlyMap<string, string>>;

/**
 * The real Airtable does not tell the workspace of a base, and its workspaces are not the platform's. A base belongs to
 * the workspace that the metadata tables name, otherwise to the default workspace of the tenant.
 */
export function createMappedWorkspaces(database: Database, authorities: Authorities): MappedWorkspaces {
  return async (caller, baseIds) => {
    const { rows } = await database.tenantQuery<{ base_id: string; workspace_id: string }>(
      caller,
      {
        name: 'airtable_mapped_workspaces',
        text: `select base_id, workspace_id from airtable.airtable_bases
               where base_id = any($1) and workspace_id is not null`,
      },
      [baseIds],
    );
    const mapped = new Map(rows.map(({ base_id, workspace_id }) => [base_id, workspace_id]));
    const authority = await authorities.of({ user_id: caller.userId, tenant_id: caller.tenantId });
    const standard = authority?.tenant_workspace_id ?? undefined;
    return new Map(
      baseIds.flatMap((id) => {
        const workspaceId = mapped.get(id) ?? standard;
        return workspaceId === undefined ? [] : [[id, workspaceId] as const];
      }),
    );
  };
}
