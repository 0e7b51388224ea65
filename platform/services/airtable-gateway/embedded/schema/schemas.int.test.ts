import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLog } from '../../../../kit/observe/log.ts';
import { type Database, openDatabase, type Transaction } from '../../../../kit/postgres/database.ts';
import {
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
  type TestUser,
} from '../../testing/temporary-airtable-gateway.ts';
import { createSchemas } from './schemas.ts';

let gateway: TemporaryAirtableGateway;
let user: TestUser;
let database: Database;
let query: Transaction['query'];
let baseId: string;
let tableId: string;

beforeAll(async () => {
  gateway = await startTemporaryAirtableGateway();
  user = await gateway.user();
  database = openDatabase({
    url: gateway.stores.urlOf('airtable_gateway'),
    log: createLog({ service: 'test', level: 'silent' }),
  });
  query = (statement, values) => database.tenantQuery(tenantOf(user), statement, values);
  const { body } = await gateway.call(user, 'POST', '/v0/meta/bases', {
    name: 'Kept',
    workspaceId: 'default',
    tables: [{ name: 'Table', fields: [{ name: 'Name', type: 'singleLineText' }] }],
  });
  baseId = body.id;
  tableId = body.tables[0].id;
});
afterAll(async () => {
  await database?.close();
  await gateway?.[Symbol.asyncDispose]();
});

const tenantOf = ({ claims }: TestUser) => ({ tenantId: claims.tenant_id, userId: claims.user_id });

describe('the schema of a base', () => {
  it('is the same object until it changes', async () => {
    const schemas = createSchemas();
    expect(await schemas.load(query, baseId)).toBe(await schemas.load(query, baseId));
  });

  it.each([
    ['a field is added', 'POST', () => `/tables/${tableId}/fields`, { name: 'More', type: 'checkbox' }],
    ['a table is renamed', 'PATCH', () => `/tables/${tableId}`, { name: 'Renamed' }],
    ['a table is added', 'POST', () => '/tables', { name: 'Other', fields: [{ name: 'A', type: 'email' }] }],
  ])('is read again after %s', async (_what, method, path, body) => {
    const schemas = createSchemas();
    const before = structuredClone(await schemas.load(query, baseId));
    const { status } = await gateway.call(user, method, `/v0/meta/bases/${baseId}${path()}`, body);
    expect(status).toBe(200);
    expect(await schemas.load(query, baseId)).not.toEqual(before);
    expect(await schemas.load(query, baseId)).toEqual(await createSchemas().load(query, baseId));
  });

  it('is read again after a choice was added, and not after a record was', async () => {
    const schemas = createSchemas();
    const fields = `/v0/meta/bases/${baseId}/tables/${tableId}/fields`;
    await gateway.call(user, 'POST', fields, { name: 'One', type: 'singleSelect', options: { choices: [] } });
    const before = await schemas.load(query, baseId);
    await gateway.call(user, 'POST', `/v0/${baseId}/${tableId}`, { fields: { Name: 'x' } });
    expect(await schemas.load(query, baseId)).toBe(before);
    const { status } = await gateway.call(user, 'POST', `/v0/${baseId}/${tableId}`, {
      typecast: true,
      fields: { One: 'fresh' },
    });
    expect(status).toBe(200);
    expect(JSON.stringify(await schemas.load(query, baseId))).toContain('fresh');
  });

  it('is not kept from a transaction that is rolled back', async () => {
    const schemas = createSchemas();
    const stop = new Error('rolled back');
    const work = database.withTenant(tenantOf(user), async (tx) => {
      await tx.query('update airtable.tables set name = $2 where id = $1', [tableId, 'Never']);
      expect(JSON.stringify(await schemas.load(tx.query, baseId))).toContain('Never');
      throw stop;
    });
    await expect(work).rejects.toBe(stop);
    await gateway.call(user, 'PATCH', `/v0/meta/bases/${baseId}/tables/${tableId}`, { name: 'Later' });
    const seen = JSON.stringify(await schemas.load(query, baseId));
    expect(seen).toContain('Later');
    expect(seen).not.toContain('Never');
  });

  it('is kept from other tenants', async () => {
    const schemas = createSchemas();
    await schemas.load(query, baseId);
    const stranger = tenantOf(await gateway.user());
    const foreign: Transaction['query'] = (statement, values) =>
      database.tenantQuery(stranger, statement, values);
    await expect(schemas.load(foreign, baseId)).rejects.toMatchObject({ type: 'NOT_FOUND' });
  });
});
