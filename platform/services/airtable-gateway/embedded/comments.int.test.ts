import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toAirtableUserId } from '../../../contracts/airtable-gateway/user-id.ts';
import { startDirectoryPeer } from '../testing/directory-peer.ts';
import {
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
} from '../testing/temporary-airtable-gateway.ts';
import { makeTenantBase, type TenantBase } from '../testing/tenant-base.ts';

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

describe('comments', () => {
  it('show whom they mention, also after a change of the text', async () => {
    const { tenant_id } = own.user.claims;
    const colleague = await gateway.user({ tenant_id, name: 'Bob' });
    await using directory = await startDirectoryPeer([own.user, colleague, other.user], gateway.authorities);
    const aware = await gateway.another({ PLATFORM_SERVICES_URL: directory.url });
    const [id, bobs, foreign] = [own.user, colleague, other.user].map(({ claims }) =>
      toAirtableUserId(claims.user_id),
    ) as [string, string, string];
    const { email, name } = own.user.claims;
    const self = { type: 'user', id, email, displayName: name };
    const bob = { type: 'user', id: bobs, email: colleague.claims.email, displayName: 'Bob' };

    const made = await aware.call(own.user, 'POST', path(own), { text: `@[${id}] @[${foreign}] @[usr1] Hi` });
    expect(made.body).toMatchObject({ author: { id, email, name }, mentioned: { [id]: self } });
    expect(Object.keys(made.body.mentioned)).toEqual([id]);
    const comment = `${path(own)}/${made.body.id}`;
    const changed = await aware.call(own.user, 'PATCH', comment, { text: `@[${bobs}]@[${bobs}]` });
    expect(changed.body.mentioned).toEqual({ [bobs]: bob });
    const listed = await aware.call(own.user, 'GET', path(own));
    expect(listed.body.comments).toEqual([changed.body]);
    const plain = await aware.call(own.user, 'PATCH', comment, { text: 'Nobody' });
    expect(plain.body).not.toHaveProperty('mentioned');
    await aware.call(own.user, 'DELETE', comment);
  });

  const path = (tenant: TenantBase) => `/v0/${tenant.baseId}/People/${tenant.person}/comments`;

  it('can be changed and deleted by their author only', async () => {
    const made = await gateway.call(own.user, 'POST', path(own), { text: 'First' });
    expect(made).toMatchObject({
      status: 200,
      body: {
        text: 'First',
        author: { id: toAirtableUserId(own.user.claims.user_id) },
        lastUpdatedTime: null,
      },
    });
    const colleague = await gateway.user({ tenant_id: own.user.claims.tenant_id });
    const comment = `${path(own)}/${made.body.id}`;
    expect((await gateway.call(colleague, 'PATCH', comment, { text: 'Mine' })).status).toBe(403);
    expect((await gateway.call(colleague, 'DELETE', comment)).status).toBe(403);
    expect((await gateway.call(other.user, 'PATCH', comment, { text: 'Mine' })).status).toBe(404);
    const reply = await gateway.call(colleague, 'POST', path(own), {
      text: 'Second',
      parentCommentId: made.body.id,
    });
    expect(reply.body.parentCommentId).toBe(made.body.id);
    const counted = await gateway.call(
      own.user,
      'GET',
      `/v0/${own.baseId}/People?maxRecords=2&recordMetadata[]=commentCount`,
    );
    expect(counted.body.records.map(({ commentCount }: { commentCount: number }) => commentCount)).toEqual([
      2, 0,
    ]);
    const first = await gateway.call(colleague, 'GET', `${path(own)}?pageSize=1`);
    const second = await gateway.call(
      colleague,
      'GET',
      `${path(own)}?pageSize=1&offset=${first.body.offset}`,
    );
    const texts = [first, second].map(({ body }) => body.comments[0].text);
    expect(texts.sort()).toEqual(['First', 'Second']);
    expect(second.body.offset).toBeNull();
    expect((await gateway.call(own.user, 'DELETE', comment)).body).toEqual({
      id: made.body.id,
      deleted: true,
    });
    expect((await gateway.call(own.user, 'GET', path(own))).body.comments).toEqual([]);
  });
});
