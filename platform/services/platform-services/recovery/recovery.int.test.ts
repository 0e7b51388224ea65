import { randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mailsTo, mailTo } from '../testing/read-mails.ts';
import {
  type RegisteredSession,
  startTemporaryPlatformServices,
  type TemporaryPlatformServices,
} from '../testing/temporary-platform-services.ts';

let service: TemporaryPlatformServices;
let admin: pg.Pool;

beforeAll(async () => {
  service = await startTemporaryPlatformServices();
  admin = new pg.Pool({ connectionString: service.stores.adminUrl, max: 2 });
}, 60_000);
afterAll(async () => {
  await admin?.end();
  await service?.[Symbol.asyncDispose]();
});

const post = (path: string, body: unknown, token?: string) =>
  service.call('POST', path, { body, ...(token === undefined ? {} : { token }) });
const signIn = (email: string, password: string) => post('/auth/login', { email, password });
const newPassword = () => `Fresh-secret ${randomUUID()}`;
const subjects = {
  verify: 'Confirm your email address',
  reset: 'Reset your password',
  changed: 'Your password was changed',
  newEmail: 'Confirm your new email address',
  notice: 'Your email address was changed',
} as const;

async function me({ access_token }: Pick<RegisteredSession, 'access_token'>) {
  return (await service.call('GET', '/auth/me', { token: access_token })).json();
}

async function resetToken(email: string, nth = 1): Promise<string> {
  expect((await post('/auth/forgot-password', { email })).statusCode).toBe(202);
  return (await mailTo(service, email, subjects.reset, nth)).token;
}

async function eventsOf({ user }: RegisteredSession): Promise<string[]> {
  const { rows } = await admin.query<{ event: string }>(
    'select event from identity.audit_events where tenant_id = $1 order by created_at',
    [user.tenant_id],
  );
  return rows.map(({ event }) => event);
}

describe('confirmation of an address', () => {
  it('is asked for by a mail at registration, and works once', async () => {
    const session = await service.register();
    expect(await me(session)).toMatchObject({ email_verified: false });
    const { token, source } = await mailTo(service, session.email, subjects.verify);
    expect(source).toContain(`http://127.0.0.1:3000/auth/verify-email?token=${token}`);
    expect((await post('/auth/verify-email', { token })).statusCode).toBe(204);
    expect(await me(session)).toMatchObject({ email_verified: true });
    expect((await post('/auth/verify-email', { token })).statusCode).toBe(404);
    expect((await signIn(session.email, session.password)).json().user.email_verified).toBe(true);
    expect(await eventsOf(session)).toContain('email_verified');
  });

  it('names nothing that a stranger chose in the mail', async () => {
    const { email } = await service.register({ name: 'Win money at evil.example' });
    const { source } = await mailTo(service, email, subjects.verify);
    expect(source).not.toContain('evil.example');
  });

  it('rejects an unknown, a malformed and an expired token', async () => {
    const { email, user } = await service.register();
    const { token } = await mailTo(service, email, subjects.verify);
    await admin.query(`update identity.account_tokens set expires_at = now() where user_id = $1`, [user.id]);
    expect((await post('/auth/verify-email', { token })).statusCode).toBe(404);
    expect(
      (await post('/auth/verify-email', { token: randomBytes(32).toString('base64url') })).statusCode,
    ).toBe(404);
    expect((await post('/auth/verify-email', { token: 'x' })).statusCode).toBe(422);
  });

  it('is sent again within limits, and not after it is confirmed', async () => {
    const { email, user, access_token } = await service.register();
    const { token: first } = await mailTo(service, email, subjects.verify);
    const early = await post('/auth/resend-verification', undefined, access_token);
    expect(early.statusCode).toBe(429);
    expect(Number(early.headers['retry-after'])).toBeGreaterThan(50);
    await admin.query(
      `update identity.mails set created_at = now() - interval '2 minutes' where user_id = $1`,
      [user.id],
    );
    expect((await post('/auth/resend-verification', undefined, access_token)).statusCode).toBe(202);
    const { token: second } = await mailTo(service, email, subjects.verify, 2);
    expect(second).not.toBe(first);
    expect((await post('/auth/verify-email', { token: first })).statusCode).toBe(204);
    expect((await post('/auth/verify-email', { token: second })).statusCode).toBe(404);
    expect((await post('/auth/resend-verification', undefined, access_token)).statusCode).toBe(409);
  });

  it('is needed for signing in where the setting says so', async () => {
    const strict = service.another({ REQUIRE_VERIFIED_EMAIL: 'true' });
    const email = `strict-${randomUUID()}@example.com`;
    const password = newPassword();
    const send = (url: string, payload: object) => strict.inject({ method: 'POST', url, payload });
    const registered = await send('/auth/register', { email, password });
    expect(registered.statusCode).toBe(403);
    expect(registered.json()).toMatchObject({ error: 'email_not_verified' });
    expect((await send('/auth/login', { email, password: 'wrong password' })).statusCode).toBe(401);
    const rejected = await send('/auth/login', { email, password });
    expect(rejected.json()).toMatchObject({ error: 'email_not_verified' });
    const { token } = await mailTo(service, email, subjects.verify);
    expect((await send('/auth/verify-email', { token })).statusCode).toBe(204);
    expect((await send('/auth/login', { email, password })).statusCode).toBe(200);
  });
});

describe('a lost password', () => {
  it('is replaced by the link of a mail, which ends all sessions', async () => {
    const session = await service.register();
    const key = await post(
      '/auth/tokens',
      { name: 'My <script> key', scopes: ['data.records:read'] },
      session.access_token,
    );
    expect(key.statusCode).toBe(201);
    const token = await resetToken(session.email);
    const password = newPassword();
    expect((await post('/auth/reset-password', { token, new_password: password })).statusCode).toBe(204);
    expect((await signIn(session.email, session.password)).statusCode).toBe(401);
    expect((await signIn(session.email, password)).statusCode).toBe(200);
    expect((await post('/auth/refresh', { refresh_token: session.refresh_token })).statusCode).toBe(401);
    expect((await service.call('GET', '/auth/me', { token: session.access_token })).statusCode).toBe(401);
    const { source } = await mailTo(service, session.email, subjects.changed);
    expect(source).toContain('My &lt;script&gt; key');
    expect(await eventsOf(session)).toEqual(
      expect.arrayContaining(['password_reset_requested', 'password_reset']),
    );
    const again = await post('/auth/reset-password', { token, new_password: newPassword() });
    expect(again.statusCode).toBe(404);
  });

  it('is answered alike for an unknown address, which gets no mail', async () => {
    const { email } = await service.register();
    const unknown = `nobody-${randomUUID()}@example.com`;
    const [known, other] = [
      await post('/auth/forgot-password', { email }),
      await post('/auth/forgot-password', { email: unknown }),
    ];
    expect([known.statusCode, known.body]).toEqual([other.statusCode, other.body]);
    await mailTo(service, email, subjects.reset);
    await expect
      .poll(async () => (await admin.query('select 1 from identity.password_reset_requests')).rowCount)
      .toBe(0);
    expect(await mailsTo(service, unknown, subjects.reset)).toEqual([]);
  });

  it('is not replaced by a request that was not answered for 30 minutes', async () => {
    const { email } = await service.register();
    await admin.query(
      `insert into identity.password_reset_requests (email, created_at) values ($1, now() - interval '31 minutes')`,
      [email],
    );
    await post('/auth/forgot-password', { email: `nobody-${randomUUID()}@example.com` });
    await expect
      .poll(async () => (await admin.query('select 1 from identity.password_reset_requests')).rowCount)
      .toBe(0);
    expect(await mailsTo(service, email, subjects.reset)).toEqual([]);
  });

  it('is not asked for any more once the account is deleted', async () => {
    const [slow, deleted] = [await service.register(), await service.register()];
    const waiting = async (email: string) =>
      (await admin.query('select 1 from identity.password_reset_requests where email = $1', [email]))
        .rowCount;
    const lock = await admin.connect();
    try {
      // The answer to the first request waits for this row, and the second for the first.
      await lock.query('begin');
      await lock.query('select 1 from identity.users where id = $1 for update', [slow.user.id]);
      for (const email of [slow.email, deleted.email.toUpperCase()])
        expect((await post('/auth/forgot-password', { email })).statusCode).toBe(202);
      const body = { current_password: deleted.password };
      expect((await post('/auth/delete-account', body, deleted.access_token)).statusCode).toBe(202);
      expect([await waiting(slow.email), await waiting(deleted.email.toUpperCase())]).toEqual([1, 0]);
    } finally {
      await lock.query('rollback');
      lock.release();
    }
    await mailTo(service, slow.email, subjects.reset);
  });

  it('is not replaced after 30 minutes', async () => {
    const { email, user } = await service.register();
    const token = await resetToken(email);
    const { rows } = await admin.query(
      `select extract(epoch from expires_at - created_at)::int as seconds from identity.account_tokens
       where user_id = $1 and purpose = 'reset_password'`,
      [user.id],
    );
    expect(rows).toEqual([{ seconds: 1800 }]);
    await admin.query(`update identity.account_tokens set expires_at = now() where user_id = $1`, [user.id]);
    expect((await post('/auth/reset-password', { token, new_password: newPassword() })).statusCode).toBe(404);
  });

  it('keeps the link after a rejected password, and gives it to one of two simultaneous requests', async () => {
    const { email } = await service.register();
    const token = await resetToken(email);
    const weak = await post('/auth/reset-password', { token, new_password: 'password1' });
    expect(weak.statusCode).toBe(422);
    const passwords = [newPassword(), newPassword()];
    const results = await Promise.all(
      passwords.map((new_password) => post('/auth/reset-password', { token, new_password })),
    );
    expect(results.map(({ statusCode }) => statusCode).sort()).toEqual([204, 404]);
    const winner = passwords[results.findIndex(({ statusCode }) => statusCode === 204)] as string;
    expect((await signIn(email, winner)).statusCode).toBe(200);
  });

  it('sends three mails an hour and makes every link invalid after one is used', async () => {
    const session = await service.register();
    const tokens = [
      await resetToken(session.email, 1),
      await resetToken(session.email, 2),
      await resetToken(session.email, 3),
    ];
    expect((await post('/auth/forgot-password', { email: session.email })).statusCode).toBe(202);
    await expect
      .poll(
        async () => (await eventsOf(session)).filter((event) => event === 'password_reset_requested').length,
      )
      .toBe(4);
    expect(await mailsTo(service, session.email, subjects.reset)).toHaveLength(3);
    const [first, second] = tokens as [string, string];
    expect(
      (await post('/auth/reset-password', { token: second, new_password: newPassword() })).statusCode,
    ).toBe(204);
    expect(
      (await post('/auth/reset-password', { token: first, new_password: newPassword() })).statusCode,
    ).toBe(404);
  });

  it('is not replaced for a deactivated account', async () => {
    const { email, user } = await service.register();
    const token = await resetToken(email);
    await admin.query('update identity.users set is_active = false where id = $1', [user.id]);
    expect((await post('/auth/reset-password', { token, new_password: newPassword() })).statusCode).toBe(404);
  });

  it('ends the lockout of the owner’s address', async () => {
    const { email } = await service.register();
    for (let attempt = 0; attempt < 5; attempt += 1) await signIn(email, 'not the password');
    expect((await signIn(email, 'not the password')).statusCode).toBe(423);
    const password = newPassword();
    const token = await resetToken(email);
    expect((await post('/auth/reset-password', { token, new_password: password })).statusCode).toBe(204);
    expect((await signIn(email, password)).statusCode).toBe(200);
  });

  it('stores digests of tokens only, also in the outbox and the audit log', async () => {
    const { email } = await service.register();
    const token = await resetToken(email);
    const { rows: tables } = await admin.query<{ name: string }>(
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
       where table_schema = 'identity' and table_type = 'BASE TABLE'`,
    );
    for (const { name } of tables) {
      const { rowCount } = await admin.query(`select 1 from ${name} as one where one::text like $1`, [
        `%${token}%`,
      ]);
      expect([name, rowCount]).toEqual([name, 0]);
    }
  });
});

it('sends a mail about a changed password', async () => {
  const { email, password, access_token } = await service.register();
  const changed = await post(
    '/auth/change-password',
    { current_password: password, new_password: newPassword() },
    access_token,
  );
  expect(changed.statusCode).toBe(204);
  const { source } = await mailTo(service, email, subjects.changed);
  expect(source).toContain('All other sessions have ended.');
});

describe('a change of address', () => {
  const newAddress = () => `new-${randomUUID()}@example.com`;
  const ask = ({ password, access_token }: RegisteredSession, new_email: string) =>
    post('/auth/change-email', { current_password: password, new_email }, access_token);

  it('needs the password and the link in the mail to the new address', async () => {
    const session = await service.register();
    const email = newAddress();
    const wrong = await ask({ ...session, password: 'not it' }, email);
    expect(wrong.statusCode).toBe(401);
    expect((await ask(session, email)).statusCode).toBe(202);
    expect(await me(session)).toMatchObject({ email: session.email });
    const { token } = await mailTo(service, email, subjects.newEmail);
    expect((await post('/auth/confirm-email-change', { token })).statusCode).toBe(204);
    expect(await me(session)).toMatchObject({ email, email_verified: true });
    expect((await signIn(email, session.password)).statusCode).toBe(200);
    expect((await signIn(session.email, session.password)).statusCode).toBe(401);
    expect((await post('/auth/confirm-email-change', { token })).statusCode).toBe(404);
    await mailTo(service, session.email, subjects.notice);
    expect(await eventsOf(session)).toEqual(
      expect.arrayContaining(['email_change_requested', 'email_changed']),
    );
  });

  it('is undone by the link in the mail to the former address, which also resets the password', async () => {
    const session = await service.register();
    const email = newAddress();
    await ask(session, email);
    const { token } = await mailTo(service, email, subjects.newEmail);
    await post('/auth/confirm-email-change', { token });
    const { token: undo } = await mailTo(service, session.email, subjects.notice);
    expect((await post('/auth/undo-email-change', { token: undo })).statusCode).toBe(204);
    expect((await service.call('GET', '/auth/me', { token: session.access_token })).statusCode).toBe(401);
    expect((await signIn(email, session.password)).statusCode).toBe(401);
    const reset = await mailTo(service, session.email, subjects.reset);
    const password = newPassword();
    expect(
      (await post('/auth/reset-password', { token: reset.token, new_password: password })).statusCode,
    ).toBe(204);
    expect((await signIn(session.email, password)).statusCode).toBe(200);
    expect((await post('/auth/undo-email-change', { token: undo })).statusCode).toBe(404);
  });

  it('is rejected for an address that another account has, also if it gets it later', async () => {
    const [session, other] = [await service.register(), await service.register()];
    expect((await ask(session, other.email.toUpperCase())).json().error).toBe('duplicate_email');
    const email = newAddress();
    expect((await ask(session, email)).statusCode).toBe(202);
    const { token } = await mailTo(service, email, subjects.newEmail);
    await service.register({ email });
    expect((await post('/auth/confirm-email-change', { token })).json().error).toBe('duplicate_email');
    expect(await me(session)).toMatchObject({ email: session.email });
  });

  it('is limited, and only the last link works', async () => {
    const session = await service.register();
    const emails = Array.from({ length: 5 }, newAddress);
    for (const email of emails) expect((await ask(session, email)).statusCode).toBe(202);
    expect((await ask(session, newAddress())).statusCode).toBe(429);
    const { token: first } = await mailTo(service, emails[0] as string, subjects.newEmail);
    expect((await post('/auth/confirm-email-change', { token: first })).statusCode).toBe(404);
    const { token: last } = await mailTo(service, emails[4] as string, subjects.newEmail);
    expect((await post('/auth/confirm-email-change', { token: last })).statusCode).toBe(204);
  });

  it('makes links to the former address invalid', async () => {
    const session = await service.register();
    const verification = await mailTo(service, session.email, subjects.verify);
    const reset = await resetToken(session.email);
    const email = newAddress();
    await ask(session, email);
    const { token } = await mailTo(service, email, subjects.newEmail);
    expect((await post('/auth/confirm-email-change', { token })).statusCode).toBe(204);
    expect((await post('/auth/verify-email', { token: verification.token })).statusCode).toBe(404);
    expect(
      (await post('/auth/reset-password', { token: reset, new_password: newPassword() })).statusCode,
    ).toBe(404);
  });
});
