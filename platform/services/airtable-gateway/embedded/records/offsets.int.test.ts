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

  it('that is forged is rejected', async () => {
    expect(await follow(own, 'itrAAAAAAAAAAAAAAAAAAAAAA/0-0-0-0-0-0-0-')).toMatchObject(rejection);
  });

  it('that is empty is ignored', async () => {
    expect((await follow(own, '')).status).toBe(200);
  });

  const malformed = { status: 422, body: { error: { type: 'INVALID_OFFSET_VALUE' } } };

  it.each(['x', 'itr/0-0', 'itrAAAAAAAAAAAAAAAAAAAAAA/0-0-0-', "' or 1=1 --", '0', '10', 'rec/1', '{}'])(
    'that is malformed as %j is an invalid value',
    async (offset) => {
      expect(await follow(own, offset)).toMatchObject(malformed);
    },
  );

  it.each([
    ['comments', (tenant: TenantBase) => `/v0/${tenant.baseId}/People/${tenant.person}/comments?offset=10`],
    ['bases', () => '/v0/meta/bases?offset=10'],
  ])('that is malformed in a list of %s is an invalid value', async (_list, path) => {
    expect(await gateway.call(own.user, 'GET', path(own))).toMatchObject(malformed);
  });

  it('with a changed position is rejected', async () => {
    const offset = await firstPage(own);
    expect(await follow(own, offset.replace(/\/\d+-/, '/0-'))).toMatchObject(rejection);
  });
});
