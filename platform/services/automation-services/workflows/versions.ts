import type { WorkflowVersion } from '../../../contracts/automation-services/workflows.ts';
import type { Paging } from '../../../contracts/paging.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database, Tenant } from '../../../kit/postgres/database.ts';

const columns = `workflow_id, version, name, description, steps, triggers, max_retries, timeout_s as timeout, changed_by,
  changed_at`;

/** One page of the versions of a workflow, newest first. */
export async function listVersions(
  database: Database,
  tenant: Tenant,
  { id, page, page_size }: Paging & { id: string },
): Promise<Paging & { versions: WorkflowVersion[]; total: number }> {
  return database.withTenant(tenant, async (tx) => {
    const counted = await tx.query<{ total: number }>(
      'select count(*) as total from automation.workflow_versions where workflow_id = $1',
      [id],
    );
    const { rows } = await tx.query<WorkflowVersion>(
      `select ${columns} from automation.workflow_versions where workflow_id = $1
       order by version desc limit $2 offset $3`,
      [id, page_size, (page - 1) * page_size],
    );
    return { versions: rows, total: counted.rows[0]?.total ?? 0, page, page_size };
  });
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
