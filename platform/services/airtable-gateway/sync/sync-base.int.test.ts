import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
  type TestUser,
} from '../testing/temporary-airtable-gateway.ts';

let gateway: TemporaryAirtableGateway;
let admin: pg.Pool;
let user: TestUser;
let baseId: string;
let tableIds: string[];

beforeAll(async () => {
  gateway = await startTemporaryAirtableGateway();
  admin = new pg.Pool({ connectionString: gateway.stores.adminUrl });
  user = await gateway.user();
  const made = await gateway.call(user, 'POST', '/v0/meta/bases', {
    name: 'Synced',
    workspaceId: 'default',
    tables: ['A', 'B', 'C'].map((name) => ({
      name,
      fields: [
        { name: 'Name', type: 'singleLineText' },
        { name: 'Size', type: 'number', options: { precision: 0 } },
      ],
    })),
  });
  baseId = made.body.id;
  tableIds = made.body.tables.map(({ id }: { id: string }) => id);
  await gateway.call(user, 'POST', `/v0/${baseId}/A`, { records: [{ fields: {} }, { fields: {} }] });
});
afterAll(async () => {
  await admin?.end();
  await gateway?.[Symbol.asyncDispose]();
});

const sync = (body: object = {}) => gateway.call(user, 'POST', '/sync', { base_id: baseId, ...body });

describe('a sync', () => {
  it('fills the metadata tables and logs the counts', async () => {
    const response = await sync({ sync_type: 'full' });
    expect(response).toMatchObject({
      status: 200,
      body: {
        base_id: baseId,
        sync_type: 'full',
        sync_status: 'completed',
        records_processed: 9,
        records_created: 9,
        records_updated: 0,
        records_deleted: 0,
        error_message: null,
      },
    });
    expect(response.body.duration_seconds).toBeGreaterThanOrEqual(0);
    const { rows } = await admin.query(
      `select t.table_name, t.field_count, t.record_count, t.primary_field, b.base_name, w.workspace_id
       from airtable.airtable_tables t
       join airtable.airtable_bases b using (tenant_id, base_id)
       join airtable.airtable_workspaces w using (tenant_id, workspace_id)
       where b.base_id = $1 order by t.table_name`,
      [baseId],
    );
    expect(rows).toEqual(
      ['A', 'B', 'C'].map((name, index) => ({
        table_name: name,
        field_count: 2,
        record_count: index === 0 ? 2 : 0,
        primary_field: 'Name',
        base_name: 'Synced',
        workspace_id: user.claims.tenant_id,
      })),
    );
  });

  it('changes nothing when nothing has changed', async () => {
    expect((await sync()).body).toMatchObject({
      records_processed: 9,
      records_created: 0,
      records_updated: 0,
    });
  });

  it('updates names, fields and counts', async () => {
    const [a = ''] = tableIds;
    await gateway.call(user, 'PATCH', `/v0/meta/bases/${baseId}/tables/${a}`, { name: 'Renamed' });
    await gateway.call(user, 'POST', `/v0/meta/bases/${baseId}/tables/${a}/fields`, {
      name: 'More',
      type: 'checkbox',
    });
    expect((await sync()).body).toMatchObject({
      records_processed: 10,
      records_created: 1,
      records_updated: 1,
    });
    const one = await sync({ table_id: 'Renamed', sync_type: 'incremental' });
    expect(one.body).toMatchObject({ records_processed: 4, records_updated: 0, table_id: 'Renamed' });
  });

  it('deletes the rows of deleted tables', async () => {
    await admin.query('delete from airtable.tables where id = $1', [tableIds[2]]);
    expect((await sync()).body).toMatchObject({ records_processed: 7, records_deleted: 1 });
  });

  it('counts a base once, even with several tables and logs', async () => {
    // The summary of 2025 joined bases, tables and logs, and therefore counted one base three times.
    const { rows } = await admin.query(
      `select w.workspace_id,
         (select count(*)::int from airtable.airtable_bases b
          where (b.tenant_id, b.workspace_id) = (w.tenant_id, w.workspace_id)) as bases
       from airtable.airtable_workspaces w where w.tenant_id = $1`,
      [user.claims.tenant_id],
    );
    expect(rows).toEqual([{ workspace_id: user.claims.tenant_id, bases: 1 }]);
    const logs = await gateway.call(user, 'GET', '/sync/logs?page_size=2');
    expect(logs.body).toMatchObject({ total: 5, page: 1, page_size: 2 });
    expect(logs.body.logs.length).toBe(2);
    const past = await gateway.call(user, 'GET', '/sync/logs?page=99');
    expect(past.body).toMatchObject({ total: 5, logs: [] });
    const failed = await gateway.call(user, 'GET', `/sync/logs?status=failed&base_id=${baseId}`);
    expect(failed.body.total).toBe(0);
  });

  it('is rejected while another sync of the base runs', async () => {
    await admin.query(
      `insert into airtable.airtable_sync_logs (tenant_id, sync_id, base_id, sync_type, sync_status)
       values ($1, gen_random_uuid(), $2, 'full', 'running')`,
      [user.claims.tenant_id, baseId],
    );
    expect((await sync()).status).toBe(409);
    await admin.query("delete from airtable.airtable_sync_logs where sync_status = 'running'");
  });

  it('that is started three times at once succeeds at least once', async () => {
    const responses = await Promise.all([sync(), sync(), sync()]);
    for (const { status } of responses) expect([200, 409]).toContain(status);
    expect(responses.some(({ status }) => status === 200)).toBe(true);
  });

  it('of an unknown table is rejected', async () => {
    expect((await sync({ table_id: 'Nothing' })).status).toBe(404);
  });
});

describe('concurrent writers', () => {
  it('create one record for one upserted key', async () => {
    const responses = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        gateway.call(user, 'PATCH', `/v0/${baseId}/B`, {
          performUpsert: { fieldsToMergeOn: ['Name'] },
          records: [{ fields: { Name: 'same', Size: index } }],
        }),
      ),
    );
    expect(responses.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(responses.filter(({ body }) => body.createdRecords.length === 1).length).toBe(1);
    const { body } = await gateway.call(user, 'GET', `/v0/${baseId}/B`);
    expect(body.records.length).toBe(1);
  });
});
