import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
} from '../testing/temporary-airtable-gateway.ts';
import { makeTenantBase, type TenantBase } from '../testing/tenant-base.ts';

let gateway: TemporaryAirtableGateway;
let own: TenantBase;
let other: TenantBase;
let role: pg.Pool;

beforeAll(async () => {
  gateway = await startTemporaryAirtableGateway();
  [own, other] = await Promise.all([makeTenantBase(gateway, 'own'), makeTenantBase(gateway, 'foreign')]);
  role = new pg.Pool({ connectionString: gateway.stores.urlOf('airtable_gateway') });
});
afterAll(async () => {
  await role?.end();
  await gateway?.[Symbol.asyncDispose]();
});

describe("the service's own database role", () => {
  const tables = [
    'bases',
    'tables',
    'fields',
    'views',
    'records',
    'comments',
    'collaborators',
    'webhooks',
    'webhook_payloads',
  ];

  it.each(tables)('sees no row of airtable.%s without a tenant', async (table) => {
    const { rows } = await role.query(`select * from airtable.${table}`);
    expect(rows).toEqual([]);
  });

  it('sees and changes only the rows of its tenant', async () => {
    const client = await role.connect();
    try {
      await client.query('begin');
      await client.query("select set_config('app.tenant_id', $1, true)", [own.user.claims.tenant_id]);
      const { rows } = await client.query('select distinct tenant_id from airtable.records');
      expect(rows).toEqual([{ tenant_id: own.user.claims.tenant_id }]);
      const changed = await client.query('update airtable.records set number = number + 1000 where id = $1', [
        other.person,
      ]);
      expect(changed.rowCount).toBe(0);
      const deleted = await client.query('delete from airtable.bases where id = $1', [other.baseId]);
      expect(deleted.rowCount).toBe(0);
      await expect(
        client.query(
          `insert into airtable.bases (id, tenant_id, workspace_id, name, created_by)
           values ('appBBBBBBBBBBBBBB', $1, $1, 'n', $2)`,
          [other.user.claims.tenant_id, own.user.claims.user_id],
        ),
      ).rejects.toMatchObject({ code: '42501' });
    } finally {
      await client.query('rollback');
      client.release();
    }
  });

  it('has forced row-level security on every table', async () => {
    const { rows } = await role.query(
      `select relname from pg_class where relnamespace = 'airtable'::regnamespace and relkind = 'r'
       and not (relrowsecurity and relforcerowsecurity)`,
    );
    expect(rows).toEqual([]);
  });

  it('sees only ids and leases of claimed notifications', async () => {
    const { rows, fields } = await role.query('select * from airtable.claim_notification(60, 4)');
    expect(rows).toEqual([]);
    expect(fields.map(({ name }) => name)).toEqual(['id', 'tenant_id', 'created_by', 'lease']);
  });
});
