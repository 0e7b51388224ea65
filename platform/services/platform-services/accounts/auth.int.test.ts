import { randomUUID } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Session } from '../../../contracts/platform-services/authentication.ts';
import {
  startTemporaryPlatformServices,
  type TemporaryPlatformServices,
} from '../testing/temporary-platform-services.ts';

let service: TemporaryPlatformServices;
let admin: pg.Pool;

beforeAll(async () => {
  service = await startTemporaryPlatformServices();
  admin = new pg.Pool({ connectionString: service.stores.adminUrl });
});
afterAll(async () => {
  await admin?.end();
  await service?.[Symbol.asyncDispose]();
});

async function auditOf(userId: string): Promise<string[]> {
  const { rows } = await admin.query<{ line: string }>(
    `select event || ' ' || outcome as line from identity.audit_events where actor_id = $1 order by created_at`,
    [userId],
  );
  return rows.map(({ line }) => line);
}

const login = (body: object, address?: string) =>
  service.call('POST', '/auth/login', {
    body,
    ...(address ? { headers: { 'x-forwarded-for': address } } : {}),
  });

describe('registration', () => {
  it('creates a tenant, a user, a default workspace and a session that works at once', async () => {
    const email = `Ada-${randomUUID()}@Example.com`;
    const response = await service.call('POST', '/auth/register', {
      body: { email, password: 'analytical engine', first_name: 'Ada', last_name: 'Lovelace' },
    });
    expect(response.statusCode).toBe(201);
    const session = Session.parse(response.json());
    expect(session.user).toMatchObject({ name: 'Ada Lovelace', role: 'user', is_active: true });
    expect(session.workspace_id).toMatch(/^[0-9a-f-]{36}$/);
    expect(decodeProtectedHeader(session.access_token)).toMatchObject({ alg: 'ES256', typ: 'at+jwt' });
    const claims = decodeJwt(session.access_token);
    expect(claims).toMatchObject({
      name: 'Ada Lovelace',
      sub: session.user.id,
      user_id: session.user.id,
      tenant_id: session.user.tenant_id,
    });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(session.expires_in);
    const me = await service.call('GET', '/auth/me', { token: session.access_token });
    expect(me.json()).toEqual(session.user);
    expect(await auditOf(session.user.id)).toEqual(['register success']);
  });

  it('accepts one of sixty identical registrations and rejects the others with 409', async () => {
    const body = { email: `race-${randomUUID()}@example.com`, password: 'sixty at once please' };
    const responses = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        service.call('POST', '/auth/register', {
          body: { ...body, email: index % 2 ? body.email : body.email.toUpperCase() },
        }),
      ),
    );
    const statuses = responses.map(({ statusCode }) => statusCode).sort();
    expect(statuses).toEqual([201, ...Array(59).fill(409)]);
    const { rows } = await admin.query(
      'select count(*)::int as n from identity.users where lower(email) = lower($1)',
      [body.email],
    );
    expect(rows).toEqual([{ n: 1 }]);
  });

  it('ignores a role and a tenant in the request', async () => {
    const tenant = randomUUID();
    const { user } = await service.register({ role: 'admin', tenant_id: tenant, is_active: false });
    expect(user).toMatchObject({ role: 'user', is_active: true });
    expect(user.tenant_id).not.toBe(tenant);
  });

  it.each([
    ['an invitation by another name', { invite: 'a token' }],
    ['a workspace', { workspace_id: randomUUID() }],
    ['a misspelt invitation', { invitaton: 'a token' }],
    ['a name in camel case', { firstName: 'Ada' }],
  ])('rejects %s in the request and names the field', async (_what, extra) => {
    const email = `extra-${randomUUID()}@example.com`;
    const body = { email, password: 'analytical engine', ...extra };
    const response = await service.call('POST', '/auth/register', { body });
    expect(response.statusCode).toBe(422);
    expect(response.json().details).toMatchObject([
      { type: 'unrecognized_keys', loc: ['body', Object.keys(extra)[0]] },
    ]);
    const { rows } = await admin.query('select 1 from identity.users where email = $1', [email]);
    expect(rows).toEqual([]);
  });

  it.each([
    ['too short', 'a7 chars'.slice(0, 7)],
    ['common', 'password123'],
    ['common in capitals', 'ILOVEYOU'],
    ['one part repeated', 'abababababab'],
    ['a sequence of keys', 'qwertyuiop'],
    ['a sequence of digits', '9876543210'],
  ])('rejects a password that is %s', async (_why, password) => {
    const response = await service.call('POST', '/auth/register', {
      body: { email: `weak-${randomUUID()}@example.com`, password },
    });
    expect(response.statusCode).toBe(422);
    expect(response.json().details[0].loc).toEqual(['body', 'password']);
  });

  it.each([
    ['64 characters', 'long enough '.repeat(6).slice(0, 64)],
    ['spaces and other scripts', 'каша  με φέτα 🧀'],
    ['a zero byte inside', 'before\u0000after it'],
  ])('accepts a password with %s and does not truncate it', async (_what, password) => {
    const { email } = await service.register({ password });
    expect((await login({ email, password })).statusCode).toBe(200);
    const shortened = password.includes('\u0000') ? 'before' : [...password].slice(0, -1).join('');
    expect((await login({ email, password: shortened })).statusCode).toBe(401);
  });

  it.each([
    ['an accent', 'crème brûlée recipe', 'NFC', 'NFD'],
    ['an accent, first typed in two code points', 'Ångström Müller', 'NFD', 'NFC'],
    ['Hangul', '비밀번호는 길어야', 'NFC', 'NFD'],
    ['another kind of space', 'no\u00a0break\u3000space', undefined, undefined],
  ] as const)(
    'accepts a password with %s from another keyboard (RFC 8265)',
    async (_what, password, one, two) => {
      const first = one === undefined ? password : password.normalize(one);
      const second = two === undefined ? 'no break space' : password.normalize(two);
      expect(second).not.toBe(first);
      const { email } = await service.register({ password: first });
      for (const typed of [first, second])
        expect((await login({ email, password: typed })).statusCode).toBe(200);
      expect((await login({ email, password: `${password}!` })).statusCode).toBe(401);
    },
  );

  it('changes a password that is typed in another form', async () => {
    const account = await service.register({ password: 'Zoë’s first one'.normalize('NFC') });
    const change = await service.call('POST', '/auth/change-password', {
      token: account.access_token,
      body: {
        current_password: 'Zoë’s first one'.normalize('NFD'),
        new_password: 'Zoë’s second one'.normalize('NFD'),
      },
    });
    expect(change.statusCode).toBe(204);
    const typed = { email: account.email, password: 'Zoë’s second one'.normalize('NFC') };
    expect((await login(typed)).statusCode).toBe(200);
  });

  it('counts the length of a password in its composed form', async () => {
    const body = { email: `short-${randomUUID()}@example.com`, password: 'éüåñ'.normalize('NFD') };
    expect(body.password).toHaveLength(8);
    expect((await service.call('POST', '/auth/register', { body })).statusCode).toBe(422);
  });

  it('stores passwords as argon2id with the declared parameters', async () => {
    const { user } = await service.register();
    const { rows } = await admin.query('select password_hash from identity.users where id = $1', [user.id]);
    expect(rows[0].password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });
});

describe('login', () => {
  it('starts a new session each time and ignores the case of the address', async () => {
    const account = await service.register();
    const response = await login({ email: account.email.toUpperCase(), password: account.password });
    expect(response.statusCode).toBe(200);
    const session = Session.parse(response.json());
    expect(session.user.id).toBe(account.user.id);
    expect(session.workspace_id).toBe(account.workspace_id);
    expect(decodeJwt(session.access_token).session_id).not.toBe(decodeJwt(account.access_token).session_id);
  });

  it('responds alike to a wrong password and an unknown account', async () => {
    const account = await service.register();
    const wrong = await login({ email: account.email, password: 'not the one' }, '203.0.113.1');
    const unknown = await login(
      { email: `nobody-${randomUUID()}@example.com`, password: 'not the one' },
      '203.0.113.1',
    );
    const strip = (response: typeof wrong) => ({ ...response.json(), timestamp: 0, request_id: 0 });
    expect([wrong.statusCode, unknown.statusCode]).toEqual([401, 401]);
    expect(strip(wrong)).toEqual(strip(unknown));
    expect(await auditOf(account.user.id)).toEqual(['register success', 'login failure']);
  });

  it('reports the missing email when a username is sent instead', async () => {
    const response = await login({ username: 'ada', password: 'x' });
    expect(response.statusCode).toBe(422);
    expect(response.json().details).toEqual([
      { type: 'missing', loc: ['body', 'email'], msg: 'Field required' },
    ]);
  });

  it('locks the account after five failures, for the attacker’s address only', async () => {
    const account = await service.register();
    const right = { email: account.email, password: account.password };
    for (let attempt = 0; attempt < 5; attempt += 1)
      expect((await login({ email: account.email, password: 'guess' }, '203.0.113.9')).statusCode).toBe(401);
    const locked = await login(right, '203.0.113.9');
    expect(locked.statusCode).toBe(423);
    expect(locked.json().error).toBe('account_locked');
    expect(Number(locked.headers['retry-after'])).toBeGreaterThan(800);
    expect((await login(right, '203.0.113.10')).statusCode).toBe(200);
    expect(await auditOf(account.user.id)).toContain('account_locked failure');
  });

  it('locks an unknown account in the same way', async () => {
    const email = `nobody-${randomUUID()}@example.com`;
    const statuses = [];
    for (let attempt = 0; attempt < 6; attempt += 1)
      statuses.push((await login({ email, password: 'guess' }, '203.0.113.11')).statusCode);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 423]);
  });

  it('handles sixty sign-ins at once', async () => {
    const account = await service.register();
    const responses = await Promise.all(
      Array.from({ length: 60 }, () => login({ email: account.email, password: account.password })),
    );
    expect(new Set(responses.map(({ statusCode }) => statusCode))).toEqual(new Set([200]));
    const sessions = new Set(responses.map((response) => decodeJwt(response.json().access_token).session_id));
    expect(sessions.size).toBe(60);
  });
});

describe('refresh', () => {
  const refresh = (token: string, arrivedAt?: number) =>
    service.call('POST', '/auth/refresh', {
      body: { refresh_token: token },
      ...(arrivedAt === undefined ? {} : { headers: { 'x-request-start': String(arrivedAt) } }),
    });

  it('issues new tokens for the same session and invalidates the old refresh token', async () => {
    const account = await service.register();
    const response = await refresh(account.refresh_token);
    expect(response.statusCode).toBe(200);
    const fresh = response.json();
    expect(fresh.refresh_token).not.toBe(account.refresh_token);
    expect(decodeJwt(fresh.access_token).session_id).toBe(decodeJwt(account.access_token).session_id);
    expect((await refresh(fresh.refresh_token)).statusCode).toBe(200);
  });

  it('revokes all tokens of the session when a used refresh token is reused', async () => {
    const account = await service.register();
    const fresh = (await refresh(account.refresh_token)).json();
    const reused = await refresh(account.refresh_token);
    expect([reused.statusCode, reused.json().error]).toEqual([401, 'token_revoked']);
    expect((await refresh(fresh.refresh_token)).statusCode).toBe(401);
    expect((await service.call('GET', '/auth/me', { token: fresh.access_token })).statusCode).toBe(401);
    expect(await auditOf(account.user.id)).toContain('refresh_reuse failure');
  });

  it('accepts one of several simultaneous refreshes', async () => {
    const account = await service.register();
    const responses = await Promise.all(Array.from({ length: 5 }, () => refresh(account.refresh_token)));
    expect(responses.map(({ statusCode }) => statusCode).sort()).toEqual([200, 401, 401, 401, 401]);
  });

  it('keeps the session of the first refresh when one that arrived meanwhile is handled late', async () => {
    const account = await service.register();
    const arrivedAt = Date.now();
    const fresh = (await refresh(account.refresh_token, arrivedAt)).json();
    const late = [
      await refresh(account.refresh_token, arrivedAt),
      await service.another().inject({
        method: 'POST',
        url: '/auth/refresh',
        headers: { 'x-request-start': String(arrivedAt) },
        payload: { refresh_token: account.refresh_token },
      }),
    ];
    for (const response of late)
      expect([response.statusCode, response.json().error]).toEqual([401, 'token_revoked']);
    expect((await service.call('GET', '/auth/me', { token: fresh.access_token })).statusCode).toBe(200);
    expect((await refresh(fresh.refresh_token)).statusCode).toBe(200);
    expect(await auditOf(account.user.id)).not.toContain('refresh_reuse failure');
  });

  it('treats a claimed arrival of long ago as a reuse', async () => {
    const account = await service.register();
    const fresh = (await refresh(account.refresh_token)).json();
    await admin.query(
      `update identity.refresh_tokens set used_at = used_at - interval '31 seconds' where used_at is not null and session_id = $1`,
      [decodeJwt(account.access_token).session_id],
    );
    const late = await service.another().inject({
      method: 'POST',
      url: '/auth/refresh',
      headers: { 'x-request-start': String(Date.now() - 3_600_000) },
      payload: { refresh_token: account.refresh_token },
    });
    expect(late.statusCode).toBe(401);
    expect((await refresh(fresh.refresh_token)).statusCode).toBe(401);
  });

  it('keeps one working session over thirty rounds of two refreshes at once', async () => {
    let { refresh_token: token } = await service.register();
    for (let round = 0; round < 30; round += 1) {
      const arrivedAt = Date.now();
      const responses = await Promise.all([refresh(token, arrivedAt), refresh(token, arrivedAt)]);
      expect(responses.map(({ statusCode }) => statusCode).sort()).toEqual([200, 401]);
      token = responses.find(({ statusCode }) => statusCode === 200)?.json().refresh_token;
    }
    expect((await refresh(token)).statusCode).toBe(200);
  });

  describe('with a grace period', () => {
    const graceful = () => service.another({ REFRESH_GRACE_SECONDS: '30' });
    const refreshAt = (app: ReturnType<typeof graceful>, token: string) =>
      app.inject({ method: 'POST', url: '/auth/refresh', payload: { refresh_token: token } });

    it('accepts a repeated refresh whose response was lost', async () => {
      const account = await service.register();
      const app = graceful();
      await refreshAt(app, account.refresh_token);
      const repeated = await refreshAt(app, account.refresh_token);
      expect(repeated.statusCode).toBe(200);
      expect((await refreshAt(app, repeated.json().refresh_token)).statusCode).toBe(200);
    });

    it('ends the session when the token is reused after its successor was', async () => {
      const account = await service.register();
      const app = graceful();
      const first = (await refreshAt(app, account.refresh_token)).json();
      const second = (await refreshAt(app, first.refresh_token)).json();
      expect((await refreshAt(app, account.refresh_token)).statusCode).toBe(401);
      expect((await refreshAt(app, second.refresh_token)).statusCode).toBe(401);
    });

    it('ends the session when the token is reused after the period', async () => {
      const account = await service.register();
      const app = graceful();
      const fresh = (await refreshAt(app, account.refresh_token)).json();
      await admin.query(
        `update identity.refresh_tokens set used_at = used_at - interval '31 seconds' where used_at is not null and session_id = $1`,
        [decodeJwt(account.access_token).session_id],
      );
      expect((await refreshAt(app, account.refresh_token)).statusCode).toBe(401);
      expect((await refreshAt(app, fresh.refresh_token)).statusCode).toBe(401);
    });
  });

  it('rejects an unknown token and an access token', async () => {
    const account = await service.register();
    expect((await refresh('nonsense')).statusCode).toBe(401);
    expect((await refresh(account.access_token.slice(0, 512))).statusCode).toBe(401);
    expect((await service.call('GET', '/auth/me', { token: account.refresh_token })).statusCode).toBe(401);
  });

  it('reports an expired token as expired', async () => {
    const account = await service.register();
    await admin.query(
      `update identity.refresh_tokens set expires_at = now() - interval '1 second'
       where session_id = $1`,
      [decodeJwt(account.access_token).session_id],
    );
    expect((await refresh(account.refresh_token)).json().error).toBe('token_expired');
  });
});

describe('the end of sessions', () => {
  it('after a logout revokes access and refresh tokens in all instances', async () => {
    const account = await service.register();
    const other = service.another();
    const headers = { authorization: `Bearer ${account.access_token}` };
    expect((await other.inject({ url: '/auth/me', headers })).statusCode).toBe(200);
    expect((await service.call('POST', '/auth/logout', { token: account.access_token })).statusCode).toBe(
      204,
    );
    expect((await service.call('GET', '/auth/me', { token: account.access_token })).json().error).toBe(
      'token_revoked',
    );
    await expect.poll(async () => (await other.inject({ url: '/auth/me', headers })).statusCode).toBe(401);
    const refreshed = await service.call('POST', '/auth/refresh', {
      body: { refresh_token: account.refresh_token },
    });
    expect(refreshed.statusCode).toBe(401);
  });

  it('after a password change covers all other sessions and the old password', async () => {
    const account = await service.register();
    const elsewhere = (await login({ email: account.email, password: account.password })).json();
    const change = (current: string) =>
      service.call('POST', '/auth/change-password', {
        token: account.access_token,
        body: { current_password: current, new_password: 'a quite different one' },
      });
    expect((await change('not it')).statusCode).toBe(401);
    expect((await change(account.password)).statusCode).toBe(204);
    expect((await service.call('GET', '/auth/me', { token: elsewhere.access_token })).statusCode).toBe(401);
    expect((await service.call('GET', '/auth/me', { token: account.access_token })).statusCode).toBe(200);
    expect((await login({ email: account.email, password: account.password })).statusCode).toBe(401);
    expect((await login({ email: account.email, password: 'a quite different one' })).statusCode).toBe(200);
  });

  it('can be requested for one session of the own list, not for another user’s', async () => {
    const account = await service.register();
    const stranger = await service.register();
    const elsewhere = (
      await login({ email: account.email, password: account.password }, '203.0.113.20')
    ).json();
    const list = async () =>
      (await service.call('GET', '/auth/sessions', { token: account.access_token })).json().sessions;
    const before = await list();
    expect(before).toHaveLength(2);
    expect(before.filter(({ current }: { current: boolean }) => current)).toHaveLength(1);
    const target = before.find(({ current }: { current: boolean }) => !current);
    expect(target.address).toBe('203.0.113.20');
    const end = (token: string) => service.call('DELETE', `/auth/sessions/${target.id}`, { token });
    expect((await end(stranger.access_token)).statusCode).toBe(404);
    expect((await end(account.access_token)).statusCode).toBe(204);
    expect((await end(account.access_token)).statusCode).toBe(404);
    expect((await service.call('GET', '/auth/me', { token: elsewhere.access_token })).statusCode).toBe(401);
    expect(await list()).toHaveLength(1);
  });

  it('makes validate reject the token', async () => {
    const account = await service.register();
    const validate = () => service.call('POST', '/auth/validate', { body: { token: account.access_token } });
    expect((await validate()).json()).toMatchObject({ valid: true, claims: { user_id: account.user.id } });
    await service.call('POST', '/auth/logout', { token: account.access_token });
    expect((await validate()).json().error).toBe('token_revoked');
    const garbage = await service.call('POST', '/auth/validate', { body: { token: 'a.b.c' } });
    expect(garbage.json().error).toBe('unauthenticated');
  });
});
