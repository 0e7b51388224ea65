import type { Paged, Paging } from '../../../contracts/paging.ts';
import type { SagaStatus } from '../../../contracts/saga-service/sagas.ts';
import { inWorkspaces, withStatus } from '../../../kit/lists/filters.ts';
import type { ListDefinition } from '../../../kit/lists/list-definition.ts';
import { asTenant, readList } from '../../../kit/lists/read-list.ts';
import type { Database, Tenant } from '../../../kit/postgres/database.ts';
import { type SagaRow, type StepRow, sagaColumns, stepColumns } from './saga-row.ts';

const byId = { name: 'saga_by_id', text: `select ${sagaColumns} from sagas.sagas where id = $1` };

/** One saga of the tenant. */
export async function findSaga(database: Database, tenant: Tenant, id: string): Promise<SagaRow | undefined> {
  return (await database.tenantRead<SagaRow>(tenant, byId, [id])).rows[0];
}

const workspaceOf = {
  name: 'workspace_of_saga',
  text: 'select workspace_id from sagas.sagas where id = $1',
};

/** The workspace of a saga; undefined when there is no such saga. */
export async function findWorkspace(
  database: Database,
  tenant: Tenant,
  id: string,
): Promise<string | undefined> {
  const { rows } = await database.tenantQuery<{ workspace_id: string | null }>(tenant, workspaceOf, [id]);
  return rows[0]?.workspace_id ?? undefined;
}

export const sagaList: ListDefinition = {
  name: 'list_sagas',
  table: 'sagas.sagas',
  columns: sagaColumns,
  sortedBy: [
    { column: 'created_at', type: 'timestamptz' },
    { column: 'id', type: 'uuid' },
  ],
  direction: 'desc',
};

/** One page of the sagas of some workspaces, newest first. */
export async function listSagas(
  database: Database,
  tenant: Tenant,
  {
    status,
    workspaceIds,
    ...paging
  }: Paging & { status?: SagaStatus | undefined; workspaceIds: readonly string[] },
): Promise<Paged & { sagas: SagaRow[] }> {
  const { entries, ...page } = await readList<SagaRow>(asTenant(database, tenant), sagaList, {
    ...paging,
    filters: [withStatus(status)],
    parts: inWorkspaces(workspaceIds),
  });
  return { sagas: entries, ...page };
}

const stepsOf = {
  name: 'steps_of_saga',
  text: `select ${stepColumns} from sagas.steps where saga_id = $1 order by position`,
};

/** The steps of a saga in order. */
export async function listSteps(database: Database, tenant: Tenant, sagaId: string): Promise<StepRow[]> {
  return (await database.tenantQuery<StepRow>(tenant, stepsOf, [sagaId])).rows;
}

export interface LoggedEvent {
  version: number;
  type: string;
  data: Record<string, unknown>;
  at: string;
}

const eventsOf = {
  name: 'events_of_saga',
  text: 'select version, type, data, at from sagas.events where saga_id = $1 order by version',
};

/** The event log of a saga in order. */
export async function listEvents(database: Database, tenant: Tenant, sagaId: string): Promise<LoggedEvent[]> {
  return (await database.tenantQuery<LoggedEvent>(tenant, eventsOf, [sagaId])).rows;
}
