import type { Paging } from '../../../contracts/paging.ts';
import type { SagaStatus } from '../../../contracts/saga-service/sagas.ts';
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

const listStatement = {
  name: 'list_sagas',
  text: `
    with matching as (
      select * from sagas.sagas where workspace_id = any ($4::uuid[]) and ($1::text is null or status = $1)
    )
    select (select count(*) from matching) as total, page.*
    from (values (1)) as always(x)
    left join lateral (
      select ${sagaColumns} from matching order by created_at desc, id limit $2 offset $3
    ) page on true`,
};

/** One page of the sagas of some workspaces, newest first. The total is correct for a page past the end, too. */
export async function listSagas(
  database: Database,
  tenant: Tenant,
  {
    page,
    page_size,
    status,
    workspaceIds,
  }: Paging & { status?: SagaStatus | undefined; workspaceIds: readonly string[] },
): Promise<Paging & { sagas: SagaRow[]; total: number }> {
  const { rows } = await database.tenantQuery<SagaRow & { saga_id: string | null; total: number }>(
    tenant,
    listStatement,
    [status ?? null, page_size, (page - 1) * page_size, workspaceIds],
  );
  const sagas = rows.filter(({ saga_id }) => saga_id !== null);
  return { sagas, total: rows[0]?.total ?? 0, page, page_size };
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
