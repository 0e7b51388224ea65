import { randomUUID } from 'node:crypto';
import { decodeJwt } from 'jose';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grantLimits } from '../../../contracts/platform-services/grants.ts';
import { expectProblem } from '../../../kit/testing/expect-problem.ts';
import {
  internalKey,
  type RegisteredSession,
  startTemporaryPlatformServices,
  type TemporaryPlatformServices,
} from '../testing/temporary-platform-services.ts';

let service: TemporaryPlatformServices;
let owner: pg.Client;
beforeAll(async () => {
  service = await startTemporaryPlatformServices();
  owner = new pg.Client({ connectionString: service.stores.adminUrl });
  await owner.connect();
});
afterAll(async () => {
  await owner?.end();
  await service?.[Symbol.asyncDispose]();
});

const headers = { 'x-internal-key': internalKey };
const wanted = {
  service: 'saga-service',
  purpose: 'Saga of one step',
  run_id: 'saga-1',
  scopes: ['data.records:write', 'PUT:/users/me'],
  compensation_scopes: ['data.records:write'],
};

async function grantFor(token: string, overrides: object = {}) {
  const body = { subject_token: token, ...wanted, ...overrides };
  return service.call('POST', '/internal/grants', { headers, body });
}

async function created(user: RegisteredSession, overrides: object = {}) {
  const response = await grantFor(user.access_token, overrides);
  expect(response.statusCode, response.body).toBe(201);
  return response.json();
}

const mint = (user: RegisteredSession, id: string, overrides: object = {}) =>
  service.call('POST', `/internal/grants/${id}/token`, {
    headers,
    body: {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      tenant_id: user.user.tenant_id,
      actor: 'saga-service',
      ...overrides,
    },
  });

const asUser = (
  user: RegisteredSession,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: object,
) => service.call(method, path, { token: user.access_token, ...(body && { body }) });

async function expectLoss(response: Awaited<ReturnType<typeof mint>>, reason: string) {
  expectProblem(response, 403, 'authority_lost');
  expect(response.json().details[0].type).toBe(reason);
}

/** A second user in the first user's tenant and default workspace. */
async function memberOf(first: RegisteredSession): Promise<RegisteredSession> {
  const email = `member-${randomUUID()}@example.com`;
  const path = `/workspaces/${first.workspace_id}/invitations`;
  const invited = await asUser(first, 'POST', path, { email, role: 'admin' });
  return service.register({ email, invitation: invited.json().token }).then((user) => ({ ...user, email }));
}

async function personalToken(user: RegisteredSession, scopes: string[]) {
  const made = (await asUser(user, 'POST', '/auth/tokens', { name: 'key', scopes })).json();
  const exchanged = await service.call('POST', '/internal/tokens/exchange', {
    headers,
    body: { token: made.token },
  });
  return { id: made.id as string, access: exchanged.json().access_token as string };
}

describe('a minted token', () => {
  it('names the user, the service and the run, and lives for at most five minutes', async () => {
    const ada = await service.register();
    const grant = await created(ada);
    const response = await mint(ada, grant.id);
    expect([response.statusCode, response.json().expires_in]).toEqual([200, 300]);
    const claims = decodeJwt(response.json().access_token);
    expect(claims).toMatchObject({
      sub: ada.user.id,
      session_id: grant.id,
      act: { sub: 'saga-service' },
      run: 'saga-1',
      scope: 'data.records:write PUT:/users/me',
    });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(300);
    const listed = (await asUser(ada, 'GET', '/auth/grants')).json().grants;
    expect(listed.find(({ id }: { id: string }) => id === grant.id).last_used_at).not.toBeNull();
  });

  it('passes the routes of its scopes only, and the audit log has both names', async () => {
    const ada = await service.register();
    const { id } = await created(ada, { scopes: ['POST:/workspaces/:id/invitations'] });
    const token = (await mint(ada, id)).json().access_token;
    const invite = { email: `invited-${randomUUID()}@example.com`, role: 'viewer' };
    const path = `/workspaces/${ada.workspace_id}/invitations`;
    expect((await service.call('POST', path, { token, body: invite })).statusCode).toBe(201);
    const events = (await asUser(ada, 'GET', '/audit/events?event=invitation_created')).json().events;
    expect(events[0]).toMatchObject({
      actor_id: ada.user.id,
      acting_service: 'saga-service',
      run_id: 'saga-1',
    });
    expectProblem(await service.call('GET', '/auth/me', { token }), 403, 'forbidden');
    expectProblem(await service.call('GET', '/auth/grants', { token }), 403, 'forbidden');
  });

  it('needs the internal key, the right service and the right tenant', async () => {
    const [ada, bob] = [await service.register(), await service.register()];
    const { id } = await created(ada);
    const outside = await service.call('POST', `/internal/grants/${id}/token`, { body: {} });
    expectProblem(outside, 403, 'forbidden');
    expectProblem(await mint(ada, id, { actor: 'automation-services' }), 404, 'not_found');
    expectProblem(await mint(bob, id), 404, 'not_found');
  });
});

describe('minting looks again', () => {
  it('at the account', async () => {
    const ada = await service.register();
    const { id } = await created(ada);
    await owner.query('update identity.users set is_active = false where id = $1', [ada.user.id]);
    await expectLoss(await mint(ada, id), 'user_deactivated');
    const { rows } = await owner.query(
      "select actor_id, acting_service, details from identity.audit_events where event = 'grant_refused' and subject = $1",
      [id],
    );
    expect(rows).toEqual([
      { actor_id: ada.user.id, acting_service: 'saga-service', details: { reason: 'user_deactivated' } },
    ]);
    await owner.query('update identity.users set is_active = true where id = $1', [ada.user.id]);
    expect((await mint(ada, id)).statusCode).toBe(200);
  });

  it('at the membership and the role', async () => {
    const ada = await service.register();
    const bob = await memberOf(ada);
    const { id } = await created(bob, { workspace_id: ada.workspace_id, level: 'edit' });
    expect((await mint(bob, id)).statusCode).toBe(200);
    const member = `/workspaces/${ada.workspace_id}/members/${bob.user.id}`;
    await asUser(ada, 'PATCH', member, { role: 'viewer' });
    await expectLoss(await mint(bob, id), 'role_too_low');
    await asUser(ada, 'DELETE', member);
    await expectLoss(await mint(bob, id), 'not_a_member');
  });

  it('at the time', async () => {
    const ada = await service.register();
    const { id } = await created(ada, { expires_at: new Date(Date.now() + 60_000).toISOString() });
    expect((await mint(ada, id)).json().expires_in).toBeLessThanOrEqual(60);
    await owner.query('update identity.grants set expires_at = now() where id = $1', [id]);
    await expectLoss(await mint(ada, id), 'grant_expired');
  });
});

it('grants are made with the tokens of each other twenty times in a row at most', async () => {
  const ada = await service.register();
  let { id } = await created(ada);
  for (let depth = 1; depth <= grantLimits.chain; depth += 1) {
    const made = await grantFor((await mint(ada, id)).json().access_token);
    expect(made.statusCode, made.body).toBe(201);
    ({ id } = made.json());
  }
  await expectLoss(await grantFor((await mint(ada, id)).json().access_token), 'chain_too_long');
  expect((await grantFor(ada.access_token)).statusCode).toBe(201);
});

describe('a revoked grant', () => {
  it('gives no token, and ends those it gave and those of grants made from it', async () => {
    const ada = await service.register();
    const parent = await created(ada);
    const token = (await mint(ada, parent.id)).json().access_token;
    const child = (await grantFor(token, { scopes: ['PUT:/users/me'], run_id: 'inner' })).json();
    const childToken = (await mint(ada, child.id)).json().access_token;
    expect((await asUser(ada, 'DELETE', `/auth/grants/${parent.id}`)).statusCode).toBe(204);
    for (const ended of [token, childToken])
      expectProblem(await service.call('GET', '/auth/me', { token: ended }), 401, 'token_revoked');
    for (const { id } of [parent, child]) await expectLoss(await mint(ada, id), 'grant_revoked');
    expect((await asUser(ada, 'GET', '/audit/events?event=grant_revoked')).json().events[0].subject).toBe(
      parent.id,
    );
  });

  it('is the caller’s own', async () => {
    const [ada, bob] = [await service.register(), await service.register()];
    const { id } = await created(ada);
    expectProblem(await asUser(bob, 'DELETE', `/auth/grants/${id}`), 404, 'not_found');
    expect((await mint(ada, id)).statusCode).toBe(200);
  });
});

describe('for undoing', () => {
  it('the owner of the workspace stands in for a user who has lost the authority', async () => {
    const ada = await service.register();
    const bob = await memberOf(ada);
    const { id } = await created(bob, { workspace_id: ada.workspace_id, level: 'edit' });
    const sound = (await mint(bob, id, { compensation: true })).json();
    expect([decodeJwt(sound.access_token).sub, sound.stands_in]).toEqual([bob.user.id, false]);
    await asUser(ada, 'DELETE', `/workspaces/${ada.workspace_id}/members/${bob.user.id}`);
    const { access_token, stands_in, scope } = (await mint(bob, id, { compensation: true })).json();
    expect([stands_in, scope]).toEqual([true, 'data.records:write']);
    expect(decodeJwt(access_token)).toMatchObject({ sub: ada.user.id, act: { sub: 'saga-service' } });
  });

  it('what the user may not read any more is not taken for deleted', async () => {
    const [ada, bob] = [await service.register(), await service.register()];
    const body = { name: 'Shared' };
    const { id } = (await asUser(ada, 'POST', '/workspaces', body)).json();
    const scope = 'DELETE:/workspaces/:id';
    const grant = await created(ada, { scopes: [scope], compensation_scopes: [scope] });
    const remove = async (compensation: boolean, path = `/workspaces/${id}`) => {
      const token = (await mint(ada, grant.id, { compensation })).json().access_token;
      return service.call('DELETE', path, { token });
    };
    await owner.query('delete from identity.workspace_members where workspace_id = $1', [id]);
    expectProblem(await remove(true), 403, 'forbidden');
    expectProblem(await remove(false), 404, 'not_found');
    expectProblem(await remove(true, `/workspaces/${bob.workspace_id}`), 404, 'not_found');
    expectProblem(await remove(true, `/workspaces/${randomUUID()}`), 404, 'not_found');
  });

  it('nobody stands in without scopes for it', async () => {
    const ada = await service.register();
    const { id } = await created(ada, { compensation_scopes: [] });
    await asUser(ada, 'DELETE', `/auth/grants/${id}`);
    await expectLoss(await mint(ada, id, { compensation: true }), 'grant_revoked');
  });
});

describe('a grant made with a personal access token', () => {
  it('has no more scopes than it and ends with it', async () => {
    const ada = await service.register();
    const { id, access } = await personalToken(ada, ['data.records:write']);
    await expectLoss(await grantFor(access), 'token_narrowed');
    const response = await grantFor(access, { scopes: ['data.records:write'] });
    expect(response.statusCode, response.body).toBe(201);
    const grant = response.json();
    const token = (await mint(ada, grant.id)).json().access_token;
    await asUser(ada, 'DELETE', `/auth/tokens/${id}`);
    expectProblem(await service.call('GET', '/auth/me', { token }), 401, 'token_revoked');
    await expectLoss(await mint(ada, grant.id), 'grant_revoked');
  });

  it('ends when the token loses one of its scopes', async () => {
    const ada = await service.register();
    const { id, access } = await personalToken(ada, ['data.records:write', 'data.records:read']);
    const [write, read] = [
      (await grantFor(access, { scopes: ['data.records:write'] })).json(),
      (await grantFor(access, { scopes: ['data.records:read'], compensation_scopes: [] })).json(),
    ];
    await asUser(ada, 'PATCH', `/auth/tokens/${id}`, { scopes: ['data.records:read'] });
    await expectLoss(await mint(ada, write.id), 'grant_revoked');
    expect((await mint(ada, read.id)).statusCode).toBe(200);
  });
});

it('goes with its run, and with its account', async () => {
  const ada = await service.register();
  const [first, second] = [await created(ada), await created(ada)];
  const path = `/internal/grants/${first.id}?tenant_id=${ada.user.tenant_id}`;
  for (let time = 0; time < 2; time += 1)
    expect((await service.call('DELETE', path, { headers })).statusCode).toBe(204);
  expectProblem(await mint(ada, first.id), 404, 'not_found');
  await asUser(ada, 'POST', '/auth/delete-account', { current_password: ada.password });
  expectProblem(await mint(ada, second.id), 404, 'not_found');
});

it('is made in the transaction of a registration, for the sagas that it starts', async () => {
  const ada = await service.register();
  const grants = (await asUser(ada, 'GET', '/auth/grants')).json().grants;
  expect(grants).toMatchObject([{ service: 'saga-service', run_id: 'user.registered' }]);
  const { access_token } = (await mint(ada, grants[0].id)).json();
  const made = await service.call('POST', '/workspaces', { token: access_token, body: { name: 'First' } });
  expect(made.statusCode, made.body).toBe(201);
});
