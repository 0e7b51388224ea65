import { decodeJwt } from 'jose';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { personalToken, personalTokenLimits } from '../../../contracts/platform-services/personal-tokens.ts';
import { expectProblem } from '../../../kit/testing/expect-problem.ts';
import {
  internalKey,
  type RegisteredSession,
  startTemporaryPlatformServices,
  type TemporaryPlatformServices,
} from '../testing/temporary-platform-services.ts';

let service: TemporaryPlatformServices;
let ada: RegisteredSession;
beforeAll(async () => {
  service = await startTemporaryPlatformServices();
  ada = await service.register();
});
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
});

const definition = { name: 'Sync', scopes: ['data.records:read', 'schema.bases:read'] };
const limited = { bases: ['appA1b2C3d4E5f6G7'], workspaces: [] };

async function create(body: object = definition, user = ada) {
  const response = await service.call('POST', '/auth/tokens', { token: user.access_token, body });
  expect(response.statusCode, response.body).toBe(201);
  return response.json();
}

const exchange = (token: string) =>
  service.call('POST', '/internal/tokens/exchange', {
    headers: { 'x-internal-key': internalKey },
    body: { token },
  });

const read = (user: RegisteredSession, path = '/auth/tokens') =>
  service.call('GET', path, { token: user.access_token });

it('shows a new token once, in Airtable’s form, and stores a digest only', async () => {
  const { token, ...shown } = await create();
  expect(personalToken.safeParse(token).success).toBe(true);
  expect(token.startsWith(`${shown.id}.`)).toBe(true);
  expect(shown).toMatchObject({ ...definition, resources: 'all', expires_at: null, last_used_at: null });
  const secret = token.split('.')[1];
  const responses = [await read(ada), await read(ada, `/auth/tokens/${shown.id}`)];
  for (const response of responses) expect(response.body).not.toContain(secret);
  expect(responses[0]?.json().tokens[0]).toEqual(shown);
  expect(responses[1]?.json()).toEqual(shown);
  const audit = await read(ada, '/audit/events?event=token_created');
  expect(audit.json().events[0]).toMatchObject({ subject: shown.id, outcome: 'success' });
  expect(audit.body).not.toContain(secret);
});

it('exchanges a token for a short access token with its scopes and bases', async () => {
  const { token, id } = await create({ ...definition, resources: limited });
  const response = await exchange(token);
  expect([response.statusCode, response.json().expires_in]).toEqual([200, 900]);
  const claims = decodeJwt(response.json().access_token);
  expect(claims).toMatchObject({
    user_id: ada.user.id,
    tenant_id: ada.user.tenant_id,
    scope: 'data.records:read schema.bases:read',
    resources: limited,
  });
  const first = (await read(ada, `/auth/tokens/${id}`)).json().last_used_at;
  expect(Date.parse(first)).toBeGreaterThan(Date.now() - 60_000);
  await exchange(token);
  expect((await read(ada, `/auth/tokens/${id}`)).json().last_used_at).toBe(first);
});

it('exchanges for the internal key only, and for whole tokens only', async () => {
  const { token } = await create();
  const outside = await service.call('POST', '/internal/tokens/exchange', { body: { token } });
  expectProblem(outside, 403, 'forbidden');
  for (const wrong of [
    `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`,
    token.toUpperCase(),
    'pat',
    '',
  ])
    expectProblem(await exchange(wrong), 401, 'unauthenticated');
});

describe('an access token of a personal access token', () => {
  it('works only on routes that declare one of its scopes', async () => {
    const access = async (scopes: string[]) =>
      (await exchange((await create({ ...definition, scopes })).token)).json().access_token;
    const [records, email] = [await access(['data.records:read']), await access(['user.email:read'])];
    const me = await service.call('GET', '/auth/me', { token: records });
    expectProblem(me, 403, 'forbidden');
    expect(me.headers['www-authenticate']).toBe('Bearer error="insufficient_scope", scope="user.email:read"');
    expect((await service.call('GET', '/auth/me', { token: email })).json().id).toBe(ada.user.id);
  });

  it('cannot read, make, change or revoke tokens, end sessions or change the password', async () => {
    const { token, id } = await create();
    const access = (await exchange(token)).json().access_token;
    const attempts = [
      ['GET', '/auth/tokens'],
      ['GET', `/auth/tokens/${id}`],
      ['POST', '/auth/tokens', definition],
      ['PATCH', `/auth/tokens/${id}`, { scopes: ['user.email:read'] }],
      ['DELETE', `/auth/tokens/${id}`],
      ['GET', '/auth/sessions'],
      ['POST', '/auth/logout'],
      ['POST', '/auth/change-password', { current_password: ada.password, new_password: 'Another secret 7' }],
      ['GET', '/workspaces'],
      ['GET', '/audit/events'],
    ] as const;
    for (const [method, path, body] of attempts)
      expectProblem(await service.call(method, path, { token: access, body }), 403, 'forbidden');
  });

  it('stops working when the token is revoked or its rights change, and not when its name does', async () => {
    const { token, id } = await create({ ...definition, scopes: ['user.email:read'] });
    const me = async (access: string) =>
      (await service.call('GET', '/auth/me', { token: access })).statusCode;
    const first = (await exchange(token)).json().access_token;
    const change = (body: object) =>
      service.call('PATCH', `/auth/tokens/${id}`, { token: ada.access_token, body });
    expect((await change({ name: 'Renamed' })).json()).toMatchObject({ name: 'Renamed' });
    expect(await me(first)).toBe(200);

    expect((await change({ scopes: ['user.email:read', 'files:read'] })).statusCode).toBe(200);
    await expect.poll(() => me(first)).toBe(401);
    const second = (await exchange(token)).json().access_token;
    expect(await me(second)).toBe(200);

    const revoke = () => service.call('DELETE', `/auth/tokens/${id}`, { token: ada.access_token });
    expect((await revoke()).statusCode).toBe(204);
    await expect.poll(() => me(second)).toBe(401);
    expectProblem(await exchange(token), 401, 'unauthenticated');
    expectProblem(await revoke(), 404, 'not_found');
    const events = (await read(ada, '/audit/events'))
      .json()
      .events.map(({ event }: { event: string }) => event);
    expect(events).toEqual(expect.arrayContaining(['token_changed', 'token_revoked']));
  });
});

it('expires with the token, never later', async () => {
  const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();
  const { token, id } = await create({ ...definition, expires_at: inSeconds(30) });
  expect((await exchange(token)).json().expires_in).toBeLessThanOrEqual(30);
  const admin = new pg.Client({ connectionString: service.stores.adminUrl });
  await admin.connect();
  const expire = 'update identity.personal_tokens set expires_at = now() where id = $1';
  await admin.query(expire, [id]).finally(() => admin.end());
  expectProblem(await exchange(token), 401, 'token_expired');
  const past = { ...definition, expires_at: inSeconds(-1) };
  const rejected = await service.call('POST', '/auth/tokens', { token: ada.access_token, body: past });
  expect(expectProblem(rejected, 422, 'validation_failed').details?.[0]?.loc).toEqual(['body', 'expires_at']);
});

it('hides tokens from other users, also of the same tenant', async () => {
  const { id } = await create();
  const email = 'colleague@example.com';
  const invited = await service.call('POST', `/workspaces/${ada.workspace_id}/invitations`, {
    token: ada.access_token,
    body: { email, role: 'editor' },
  });
  const colleague = await service.register({ email, invitation: invited.json().token });
  expect(colleague.user.tenant_id).toBe(ada.user.tenant_id);
  for (const other of [colleague, await service.register()]) {
    for (const [method, body] of [['GET'], ['PATCH', { name: 'Mine' }], ['DELETE']] as const) {
      const attempt = await service.call(method, `/auth/tokens/${id}`, { token: other.access_token, body });
      expectProblem(attempt, 404, 'not_found');
    }
    expect((await read(other)).json()).toEqual({ tokens: [] });
  }
});

it.each([
  ['a scope that does not exist', { ...definition, scopes: ['everything'] }, ['body', 'scopes', 0]],
  ['no scope', { ...definition, scopes: [] }, ['body', 'scopes']],
  ['no name', { ...definition, name: ' ' }, ['body', 'name']],
  ['no base', { ...definition, resources: { bases: [] } }, ['body', 'resources']],
  [
    'files for a token of one base',
    { ...definition, scopes: ['files:read'], resources: limited },
    ['body', 'scopes'],
  ],
])('rejects %s', async (_what, body, loc) => {
  const response = await service.call('POST', '/auth/tokens', { token: ada.access_token, body });
  expect(expectProblem(response, 422, 'validation_failed').details?.[0]?.loc.slice(0, loc.length)).toEqual(
    loc,
  );
});

it('rejects one token more than the maximum per user', async () => {
  const grace = await service.register();
  const tries = Array.from({ length: personalTokenLimits.perUser + 3 }, () =>
    service.call('POST', '/auth/tokens', { token: grace.access_token, body: definition }),
  );
  const statuses = (await Promise.all(tries)).map(({ statusCode }) => statusCode);
  expect(statuses.filter((status) => status === 201)).toHaveLength(personalTokenLimits.perUser);
  expect(statuses.filter((status) => status === 409)).toHaveLength(3);
});

it('keeps working after a change of the password', async () => {
  const user = await service.register();
  const { token } = await create(definition, user);
  const changed = await service.call('POST', '/auth/change-password', {
    token: user.access_token,
    body: { current_password: user.password, new_password: 'difference engine no 2' },
  });
  expect(changed.statusCode, changed.body).toBe(204);
  expect((await exchange(token)).statusCode).toBe(200);
});

it('ends with its account', async () => {
  const grace = await service.register();
  const { token } = await create({ ...definition, scopes: ['user.email:read'] }, grace);
  const access = (await exchange(token)).json().access_token;
  const path = `/internal/users/${grace.user.id}?tenant_id=${grace.user.tenant_id}`;
  await service.call('DELETE', path, { headers: { 'x-internal-key': internalKey } });
  expectProblem(await exchange(token), 401, 'unauthenticated');
  await expect
    .poll(async () => (await service.call('GET', '/auth/me', { token: access })).statusCode)
    .toBe(401);
});
