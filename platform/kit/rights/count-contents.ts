import type { ContentKind, WorkspaceContents } from '../../contracts/workspace-contents.ts';
import type { Database } from '../postgres/database.ts';

/** What a service stores in workspaces: for each kind a query of its rows, with the workspace as `$1` and its members as
 * `$2`. */
export type HeldInWorkspaces = Readonly<Partial<Record<ContentKind, string>>>;

/** Answers `workspaceContents` of the contract. Row-level security limits the queries to the tenant. */
export function countContents(
  database: Pick<Database, 'tenantQuery'>,
  held: HeldInWorkspaces,
): (request: {
  params: { id: string };
  body: { tenant_id: string; member_ids: readonly string[] };
}) => Promise<{ contents: WorkspaceContents }> {
  const counts = Object.entries(held).map(
    ([kind, rows]) => `'${kind}', (select count(*) from (${rows}) as held)`,
  );
  const statement = {
    name: 'count_workspace_contents',
    text: `select json_build_object(${counts.join(', ')}) as contents
           from (select $1::uuid as workspace, $2::uuid[] as members) as given`,
  };
  return async ({ params, body }) => {
    const who = { tenantId: body.tenant_id, userId: body.tenant_id };
    const { rows } = await database.tenantQuery<{ contents: WorkspaceContents }>(who, statement, [
      params.id,
      body.member_ids,
    ]);
    return { contents: rows[0]?.contents ?? {} };
  };
}
