import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
} from '../../testing/temporary-airtable-gateway.ts';
import { makeTenantBase, type TenantBase } from '../../testing/tenant-base.ts';

let gateway: TemporaryAirtableGateway;
let own: TenantBase;
let other: TenantBase;

beforeAll(async () => {
  gateway = await startTemporaryAirtableGateway();
  [own, other] = await Promise.all([makeTenantBase(gateway, 'own'), makeTenantBase(gateway, 'foreign')]);
});
afterAll(async () => {
  await gateway?.[Symbol.asyncDispose]();
});

describe('an offset', () => {
  async function firstPage(tenant: TenantBase, query = 'pageSize=4') {
    const { body } = await gateway.call(tenant.user, 'GET', `/v0/${tenant.baseId}/People?${query}`);
    expect(body.records.length).toBe(4);
    return String(body.offset);
  }
  const follow = (tenant: TenantBase, offset: string, query = 'pageSize=4') =>
    gateway.call(
      tenant.user,
      'GET',
      `/v0/${tenant.baseId}/People?${query}&offset=${encodeURIComponent(offset)}`,
    );
  const rejection = { status: 422, body: { error: { type: 'LIST_RECORDS_ITERATOR_NOT_AVAILABLE' } } };

  it('leads to the next page of its own list', async () => {
    const { status, body } = await follow(own, await firstPage(own));
    expect(status).toBe(200);
    expect(body.records[0].fields.Name).toBe('Person 4');
  });

  it("of another tenant's list is rejected", async () => {
    expect(await follow(own, await firstPage(other))).toMatchObject(rejection);
  });

  it('of another query is rejected', async () => {
    const offset = await firstPage(own);
    expect(await follow(own, offset, 'pageSize=4&filterByFormula=1')).toMatchObject(rejection);
    expect(await follow(own, offset, 'pageSize=4&sort[0][field]=Name')).toMatchObject(rejection);
  });

  it.each(['', 'x', 'itr/0-0', 'itrAAAAAAAAAAAAAAAAAAAAAA/0-0', "' or 1=1 --", '0'])(
    'that is forged as %j is rejected, and an empty one is ignored',
    async (offset) => {
      const response = await follow(own, offset);
      if (offset === '') expect(response.status).toBe(200);
      else expect(response).toMatchObject(rejection);
    },
  );

  it('with a changed position is rejected', async () => {
    const offset = await firstPage(own);
    expect(await follow(own, offset.replace(/\d+-/, '0-'))).toMatchObject(rejection);
  });
});
