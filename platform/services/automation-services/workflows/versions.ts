import type { WorkflowVersion } from '../../../contracts/automation-services/workflows.ts';
import type { Paged, Paging } from '../../../contracts/paging.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { ListDefinition } from '../../../kit/lists/list-definition.ts';
import { asTenant, readList } from '../../../kit/lists/read-list.ts';
import type { Database, Tenant } from '../../../kit/postgres/database.ts';

const columns = `workflow_id, version, name, description, steps, triggers, max_retries, timeout_s as timeout, changed_by,
  changed_at`;

export const versionList: ListDefinition = {
  name: 'list_workflow_versions',
  table: 'automation.workflow_versions',
  columns,
  sortedBy: [{ column: 'version', type: 'integer' }],
  direction: 'desc',
};

/** One page of the versions of a workflow, newest first. */
export async function listVersions(
  database: Database,
  tenant: Tenant,
  { id, ...paging }: Paging & { id: string },
): Promise<Paged & { versions: WorkflowVersion[] }> {
  const { entries, ...page } = await readList<WorkflowVersion>(asTenant(database, tenant), versionList, {
    ...paging,
    filters: [{ name: 'of_workflow', where: (value) => `e.workflow_id = ${value}::uuid`, value: id }],
  });
  return { versions: entries, ...page };
}

/** A workflow as it was in a version. @throws ProblemError `not_found` */
export async function readVersion(
  database: Database,
  tenant: Tenant,
  { id, version }: { id: string; version: number },
): Promise<WorkflowVersion> {
  const { rows } = await database.tenantQuery<WorkflowVersion>(
    tenant,
    `select ${columns} from automation.workflow_versions where workflow_id = $1 and version = $2`,
    [id, version],
  );
  if (rows[0] === undefined) throw problem('not_found');
  return rows[0];
}
