import type { FlowsSeen } from './judge-flows.ts';

/** A pool with the rights of the database owner. */
export interface Queries {
  query<Row>(text: string, values?: unknown[]): Promise<{ rows: Row[] }>;
}

/** Number of given flows that have not ended, and of records in their tables. */
export async function countFlows(
  database: Queries,
  { ids, tables }: { ids: readonly string[]; tables: readonly string[] },
): Promise<{ unended: number; effects: number }> {
  const { rows } = await database.query<{ unended: number; effects: number }>(
    `select (select count(*) from sagas.sagas
             where id = any ($1::uuid[]) and status in ('pending', 'running', 'compensating'))::int
          + (select count(*) from automation.executions
             where id = any ($1::uuid[]) and status in ('pending', 'running', 'paused'))::int as unended,
            (select count(*) from airtable.records where table_id = any ($2))::int as effects`,
    [ids, tables],
  );
  return rows[0] ?? { unended: 0, effects: 0 };
}

/** Number of runs of the engine that have not ended. Those of ended flows end a moment later. */
export async function countEngineRuns(database: Queries): Promise<number> {
  return (await engineRuns(database)).length;
}

async function engineRuns(database: Queries): Promise<string[]> {
  const unended = (schema: string) =>
    `select workflow_uuid as id from ${schema}.workflow_status where status in ('ENQUEUED', 'PENDING', 'DELAYED')`;
  const { rows } = await database.query<{ id: string }>(
    `${unended('saga_runs')} union all ${unended('automation_runs')} order by id`,
  );
  return rows.map(({ id }) => id);
}

/** Reads the outcome of the flows, from the tables of the services. */
export async function readFlows(database: Queries, tables: readonly string[]): Promise<FlowsSeen> {
  const states = await database.query<{ id: string; status: string }>(
    'select id, status from sagas.sagas union all select id, status from automation.executions',
  );
  const effects = await database.query<{ marker: string; count: number }>(
    `select cell.value #>> '{}' as marker, count(*)::int as count
     from airtable.records r cross join jsonb_each(r.cells) as cell(field, value)
     where r.table_id = any ($1) group by 1`,
    [tables],
  );
  return {
    states: new Map(states.rows.map(({ id, status }) => [id, status])),
    effects: new Map(effects.rows.map(({ marker, count }) => [marker, count])),
    engineRuns: await engineRuns(database),
  };
}
