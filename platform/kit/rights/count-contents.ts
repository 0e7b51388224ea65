import type { ContentKind, WorkspaceContents } from '../../contracts/workspace-contents.ts';
import type { Database } from '../postgres/database.ts';

/** What a service stores in workspaces: for each kind a query of its rows, with the workspace as `$1`. */
export type HeldInWorkspaces = Readonly<Partial<Record<ContentKind, string>>>;

/** Answers `workspaceContents` of the contract. Row-level security limits the queries to the tenant. */
export function countContents(
  database: Pick<Database, 'tenantQuery'>,
  held: HeldInWorkspaces,
): (request: {
  params: { id: string };
  query: { tenant_id: string };
}) => Promise<{ contents: WorkspaceContents }> {
  const counts = Object.entries(held).map(
    ([kind, rows]) => `'${kind}', (select count(*) from (${rows}) as held)`,
  );
  const statement = {
    name: 'count_workspace_contents',
    text: `select json_build_object(${counts.join(', ')}) as contents`,
  };
  return async ({ params, query }) => {
    const who = { tenantId: query.tenant_id, userId: query.tenant_id };
    const { rows } = await database.tenantQuery<{ contents: WorkspaceContents }>(who, statement, [params.id]);
    return { contents: rows[0]?.contents ?? {} };
  };
}
