import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runWorkflow } from '../testing/sample-workflow.ts';
import {
  ended,
  startTemporaryAutomation,
  type TemporaryAutomation,
  type TestUser,
} from '../testing/temporary-automation.ts';

let service: TemporaryAutomation;
let admin: pg.Client;
beforeAll(async () => {
  service = await startTemporaryAutomation();
  admin = new pg.Client({ connectionString: service.stores.adminUrl });
  await admin.connect();
});
afterAll(async () => {
  await admin?.end();
  await service?.[Symbol.asyncDispose]();
});

/** Tables of any schema with a row that contains the user's id in any column. */
async function tablesWith({ claims }: TestUser): Promise<string[]> {
  const { rows: tables } = await admin.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema') order by 1`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const { rowCount } = await admin.query(`select 1 from ${name} one where one::text ilike $1 limit 1`, [
      `%${claims.user_id}%`,
    ]);
    if (rowCount !== 0) found.push(name);
  }
  return found;
}

/** Deletes the account of one user of a tenant that stays, until nothing is left. */
async function erase({ claims: { tenant_id, user_id, email } }: TestUser): Promise<void> {
  const order = { tenant_id, user_id, email, whole_tenant: false };
  expect((await service.serve('/internal/erasures', order)).body.erased).toBeGreaterThan(0);
  expect((await service.serve('/internal/erasures', order)).body).toEqual({ erased: 0 });
}

async function colleagues(): Promise<[TestUser, TestUser]> {
  const first = await service.user();
  return [first, await service.user({ tenant_id: first.claims.tenant_id })];
}

describe('an execution that another user has continued', () => {
  /** Fails for its first user, then for the second, at a step that names both in its log and result. */
  async function continued(): Promise<{ first: TestUser; second: TestUser; id: string }> {
    const [first, second] = await colleagues();
    const text = '{input.by} and {input.with}';
    const { id } = await runWorkflow(service, first, {
      input: { by: first.claims.user_id, with: second.claims.user_id },
      steps: [
        { type: 'log', config: { message: text } },
        { type: 'notification', config: { subject: 'For both', body: text } },
        { type: 'log', config: { message: '{step_9_result}' } },
      ],
    });
    for (let again = 0; again < 2; again += 1) {
      expect((await service.call(second, 'POST', `/executions/${id}/retry`, {})).status).toBe(202);
      expect((await ended(service, second, id)).status).toBe('failed');
    }
    return { first, second, id };
  }

  it('stays without the first user when that account is deleted', async () => {
    const { first, second, id } = await continued();
    expect((await tablesWith(first)).length).toBeGreaterThan(3);
    await erase(first);
    expect(await tablesWith(first)).toEqual([]);
    expect((await service.call(second, 'GET', `/executions/${id}`)).body.id).toBe(id);
    await erase(second);
    expect(await tablesWith(second)).toEqual([]);
  });

  it('goes with the second user when that account is deleted', async () => {
    const { first, second, id } = await continued();
    await erase(second);
    expect(await tablesWith(second)).toEqual([]);
    expect((await service.call(first, 'GET', `/executions/${id}`)).status).toBe(404);
    const { rows } = await admin.query(
      'select workflow_uuid from automation_runs.workflow_status where workflow_uuid like $1',
      [`${id}:%`],
    );
    expect(rows).toEqual([]);
    await erase(first);
    expect(await tablesWith(first)).toEqual([]);
  });

  it('names no user in its durable runs', async () => {
    const { first, second } = await continued();
    for (const user of [first, second])
      expect((await tablesWith(user)).filter((table) => table.startsWith('automation_runs.'))).toEqual([]);
  });
});

it('does not name who uploaded the file for which it ran, once that account is deleted', async () => {
  const [uploader, owner] = await colleagues();
  const { body: workflow } = await service.call(owner, 'POST', '/workflows', {
    name: 'For files',
    steps: [{ type: 'log', config: { message: 'From {input.uploaded_by}' } }],
    triggers: [{ type: 'file_upload' }],
  });
  const { tenant_id, user_id } = uploader.claims;
  const started = await service.serve('/events/files', {
    type: 'file_upload',
    tenant_id,
    user_id,
    file_id: crypto.randomUUID(),
    filename: 'report.csv',
  });
  expect(started.status).toBe(202);
  const listed = await service.call(owner, 'GET', `/workflows/${workflow.id}/executions`);
  const { id } = listed.body.executions[0];
  await ended(service, owner, id);
  expect(await tablesWith(uploader)).toEqual([
    'automation.execution_logs',
    'automation.execution_steps',
    'automation.executions',
  ]);
  await erase(uploader);
  expect(await tablesWith(uploader)).toEqual([]);
  expect((await service.call(owner, 'GET', `/executions/${id}`)).status).toBe(200);
});
