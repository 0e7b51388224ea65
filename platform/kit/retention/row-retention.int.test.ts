import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTemporaryDatabase, type TemporaryDatabase } from '../../database/testing/temporary-database.ts';
import { createLog } from '../observe/log.ts';
import { type Database, openDatabase } from '../postgres/database.ts';
import { createRowRetention } from './row-retention.ts';

const log = createLog({ service: 'test', level: 'silent' });
let stores: TemporaryDatabase;
let admin: pg.Client;
const databases = new Map<string, Database>();
/** The schema of each kind. */
const schemas = {
  sagas: 'sagas',
  executions: 'automation',
  notifications: 'automation',
  commands: 'automation',
  usage_logs: 'conversations',
  sync_logs: 'airtable',
} as const;
const roles = {
  sagas: 'saga_service',
  automation: 'automation_services',
  conversations: 'llm_orchestrator',
  airtable: 'airtable_gateway',
} as const;

beforeAll(async () => {
  stores = await startTemporaryDatabase();
  admin = new pg.Client({ connectionString: stores.adminUrl });
  await admin.connect();
  for (const [schema, role] of Object.entries(roles))
    databases.set(schema, openDatabase({ url: stores.urlOf(role), log }));
});
afterAll(async () => {
  for (const database of databases.values()) await database.close();
  await admin?.end();
  await stores?.stop();
});

/** Runs the job once. @returns the number of deleted runs that it reports */
async function retain(kind: keyof typeof schemas, keepDays = 365): Promise<number> {
  const registry = new Registry();
  const schema = schemas[kind];
  const database = databases.get(schema) as Database;
  const retention = createRowRetention({
    database,
    schema,
    keepDays: { [kind]: keepDays },
    registry,
    log,
  });
  retention.wake();
  await retention.idle();
  await retention.close();
  const metric = await registry.getSingleMetric('retention_deleted_rows_total')?.get();
  return metric?.values[0]?.value ?? -1;
}

const countOf = async (table: string, tenantId: string): Promise<number> =>
  (await admin.query(`select count(*)::int as rows from ${table} where tenant_id = $1`, [tenantId])).rows[0]
    .rows;

/** Sagas of a new tenant with a step and an event each. */
async function addSagas(...runs: readonly (readonly [status: string, days: number])[]): Promise<string> {
  const tenantId = randomUUID();
  for (const [status, days] of runs) {
    const id = randomUUID();
    await admin.query(
      `insert into sagas.sagas (tenant_id, id, started_by, pattern, status, metadata, definition, input, request_hash,
         timeout_at, created_at, updated_at)
       select $1, $2, $2, 'orchestration', $3, '{}', '[]', '{}', '', at, at, at
       from (select now() - make_interval(days => $4)) as time (at)`,
      [tenantId, id, status, days],
    );
    await admin.query(
      `insert into sagas.steps (tenant_id, saga_id, position, step_id, service, action)
       values ($1, $2, 0, 'only', 'user-service', 'list')`,
      [tenantId, id],
    );
    await admin.query(
      `insert into sagas.events (tenant_id, saga_id, version, type, data, at) values ($1, $2, 1, 'started', '{}', now())`,
      [tenantId, id],
    );
  }
  return tenantId;
}

/** Executions of a new tenant with a step and a line of log each. */
async function addExecutions(...runs: readonly (readonly [status: string, days: number])[]): Promise<string> {
  const tenantId = randomUUID();
  await admin.query(
    `insert into automation.workflows (id, tenant_id, workspace_id, owner_id, name, steps, status, max_retries, timeout_s)
     values ($1, $1, $1, $1, 'Old', '[]', 'active', 0, 60)`,
    [tenantId],
  );
  for (const [status, days] of runs) {
    const id = randomUUID();
    await admin.query(
      `insert into automation.executions (id, tenant_id, workspace_id, workflow_id, workflow_version, user_id, trigger,
         status, timeout_s, max_retries, created_at, completed_at)
       select $2, $1, $1, $1, 1, $1, 'manual', $3, 60, 0, at,
         case when $3 in ('completed', 'failed', 'cancelled') then at end
       from (select now() - make_interval(days => $4)) as time (at)`,
      [tenantId, id, status, days],
    );
    await admin.query(
      `insert into automation.execution_steps (execution_id, tenant_id, index, type, config, continue_on_error)
       values ($2, $1, 0, 'delay', '{}', false)`,
      [tenantId, id],
    );
    await admin.query(
      `insert into automation.execution_logs (tenant_id, execution_id, at, level, message)
       values ($1, $2, now(), 'info', 'Line')`,
      [tenantId, id],
    );
  }
  return tenantId;
}

it('deletes sagas that ended long ago with all they recorded, in every tenant', async () => {
  const one = await addSagas(['completed', 366], ['completed', 364], ['failed', 366]);
  const two = await addSagas(['compensated', 366], ['timeout', 400]);
  expect(await retain('sagas')).toBe(4);
  for (const table of ['sagas.sagas', 'sagas.steps', 'sagas.events'])
    expect([await countOf(table, one), await countOf(table, two)]).toEqual([1, 0]);
});

it('keeps sagas that run, and those that need a person', async () => {
  const tenantId = await addSagas(
    ['pending', 1_000],
    ['running', 1_000],
    ['compensating', 1_000],
    ['compensation_failed', 1_000],
  );
  expect(await retain('sagas')).toBe(0);
  expect(await countOf('sagas.events', tenantId)).toBe(4);
});

it('deletes executions that ended long ago with their steps and logs, and keeps unfinished ones', async () => {
  const one = await addExecutions(
    ['completed', 366],
    ['failed', 366],
    ['cancelled', 366],
    ['completed', 364],
  );
  const two = await addExecutions(['pending', 1_000], ['running', 1_000], ['paused', 1_000]);
  expect(await retain('executions')).toBe(3);
  for (const table of ['automation.executions', 'automation.execution_steps', 'automation.execution_logs'])
    expect([await countOf(table, one), await countOf(table, two)]).toEqual([1, 3]);
});

/** Adds one row for each age in days, of a new tenant `$1`; `$2` are the ages. */
const fills = [
  {
    kind: 'notifications',
    table: 'automation.notifications',
    at: 'created_at',
    ended: 'true',
    fill: `insert into automation.notifications (tenant_id, recipient_id, subject, body, created_at)
           select $1, $1, 'Old', '', now() - make_interval(days => age) from unnest($2::int[]) as age`,
  },
  {
    kind: 'commands',
    table: 'automation.commands',
    at: 'created_at',
    ended: 'true',
    fill: `insert into automation.commands (tenant_id, idempotency_key, command, request_hash, held_until, created_at)
           select $1, gen_random_uuid()::text, 'x', '', now(), now() - make_interval(days => age) from unnest($2::int[]) as age`,
  },
  {
    kind: 'usage_logs',
    table: 'conversations.api_usage_logs',
    at: 'created_at',
    ended: "status <> 'reserved'",
    fill: `insert into conversations.api_usage_logs (tenant_id, user_id, session_id, model, status, cost, created_at)
           select $1, $1, 'x', 'x', 'completed', 1, now() - make_interval(days => age) from unnest($2::int[]) as age`,
  },
  {
    kind: 'sync_logs',
    table: 'airtable.airtable_sync_logs',
    at: 'started_at',
    ended: 'true',
    fill: `with base as (
             insert into airtable.airtable_bases (tenant_id, base_id, base_name) values ($1::uuid, $1::uuid::text, 'Old') returning base_id
           )
           insert into airtable.airtable_sync_logs (tenant_id, sync_id, base_id, sync_type, sync_status, started_at)
           select $1::uuid, gen_random_uuid(), base_id, 'full', 'completed', now() - make_interval(days => age)
           from base, unnest($2::int[]) as age`,
  },
] as const;

it.each(fills)(
  'deletes old $kind of all tenants in batches, by an index',
  async ({ kind, table, at, ended, fill }) => {
    const [one, two] = [randomUUID(), randomUUID()];
    await admin.query(fill, [one, [...Array(250).fill(366), 364, 0]]);
    await admin.query(fill, [two, [400, 0]]);
    await admin.query(`analyze ${table}`);
    await admin.query('begin');
    await admin.query('set local role pyairtable_retention');
    await admin.query('set local enable_seqscan = off');
    await admin.query('set local enable_sort = off');
    const { rows } = await admin.query(
      `explain select tenant_id from ${table} where ${ended} and ${at} < now() - make_interval(days => 365)
     order by ${at} limit 100 for update skip locked`,
    );
    await admin.query('rollback');
    expect(rows.map((row) => row['QUERY PLAN']).join('\n')).toMatch(
      /Index Scan using (\w+_outdated|idx_airtable_sync_logs_started_at)/,
    );
    expect(await retain(kind)).toBe(251);
    expect([await countOf(table, one), await countOf(table, two)]).toEqual([2, 1]);
    await retain(kind, -1_000);
    expect(await countOf(table, two)).toBe(1);
  },
);

it('deletes more than one batch', async () => {
  const tenantId = await addSagas(...Array.from({ length: 250 }, () => ['completed', 366] as const));
  expect(await retain('sagas')).toBe(250);
  expect(await countOf('sagas.sagas', tenantId)).toBe(0);
});

it('leaves a run that somebody has locked for the next time', async () => {
  const tenantId = await addExecutions(['completed', 366], ['completed', 366]);
  await admin.query('begin');
  await admin.query('select from automation.executions where tenant_id = $1 limit 1 for update', [tenantId]);
  expect(await retain('executions')).toBe(1);
  await admin.query('commit');
  expect(await retain('executions')).toBe(1);
});

it('cannot be made to delete what has just ended', async () => {
  const tenantId = await addSagas(['completed', 0]);
  await retain('sagas', -1_000);
  expect(await countOf('sagas.sagas', tenantId)).toBe(1);
});
