import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../../../kit/observe/log.ts';
import { buildApp } from '../app.ts';
import { type AccountServer, known, phone, startAccountServer } from '../testing/account-server.ts';
import { type VisitingBrowser, visit } from '../testing/visitor.ts';

let accounts: AccountServer;
let app: FastifyInstance;
let browser: VisitingBrowser;

beforeEach(async () => {
  accounts = await startAccountServer();
  app = buildApp({
    config: {
      INTERNAL_API_KEY: 'internal-key-of-the-tests-0123456789',
      GATEWAY_URL: accounts.url,
      PUBLIC_ORIGIN: undefined,
    },
    log: createLog({ service: 'frontend', level: 'silent' }),
    dependencies: [],
  });
  browser = visit(app);
  await browser.submit('/auth/login', known);
});
afterEach(async () => {
  await app?.close();
  await accounts?.[Symbol.asyncDispose]();
});

const asked = (method: string, path: string) =>
  accounts.requests.filter((one) => one.method === method && one.url.startsWith(path));
const csrfOf = (page: string) => /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';

async function dashboard(): Promise<string> {
  return (await browser.go('/dashboard')).body;
}

async function endSession(
  session: string,
  options: { csrf?: string; headers?: Record<string, string> } = {},
) {
  const csrf = options.csrf ?? csrfOf(await dashboard());
  const { headers = {} } = options;
  return browser.go('/account/sessions', { method: 'POST', form: { csrf, session }, headers });
}

describe('the sessions on the dashboard', () => {
  it('can be ended but for the own one, each by a button that says which it is', async () => {
    const page = await dashboard();
    const buttons = [...page.matchAll(/<button[^>]*aria-label="(End session[^"]*)"/g)].map(
      ([, name]) => name,
    );
    expect(buttons).toEqual(['End session: Lost-Phone/1.0, 192.0.2.7']);
    expect(page).toMatch(/Chrome on Linux.*this session/s);
    const answer = await endSession(phone.id);
    expect([answer.statusCode, answer.headers.location]).toEqual([303, '/dashboard?done=session-ended']);
    const after = (await browser.go('/dashboard?done=session-ended')).body;
    expect(after).toContain('role="status"');
    expect(after).toContain('The session was ended.');
    expect(after).not.toContain('Lost-Phone');
  });

  it('are ended once more without harm', async () => {
    await endSession(phone.id);
    expect((await endSession(phone.id)).headers.location).toBe('/dashboard?done=session-ended');
  });

  it('are ended only by this site’s own form', async () => {
    const foreign = { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' };
    expect((await endSession(phone.id, { headers: foreign })).statusCode).toBe(403);
    expect((await endSession(phone.id, { csrf: 'made-up' })).statusCode).toBe(403);
    expect((await endSession('../logout')).statusCode).toBe(400);
    expect(asked('DELETE', '/api/auth/sessions')).toEqual([]);
  });

  it('say nothing was done when the platform could not do it', async () => {
    const csrf = csrfOf(await dashboard());
    accounts.failWith('not_ready');
    expect((await endSession(phone.id, { csrf })).statusCode).toBe(502);
    accounts.failWith(undefined);
    expect(await dashboard()).toContain('Lost-Phone');
  });

  it('ask who is not signed in any more to sign in', async () => {
    const csrf = csrfOf(await dashboard());
    for (const name of ['access', 'refresh']) browser.cookies.delete(`__Host-pyairtable_${name}`);
    const answer = await endSession(phone.id, { csrf });
    expect([answer.statusCode, answer.headers.location]).toEqual([
      303,
      '/auth/login?callbackUrl=%2Fdashboard',
    ]);
  });

  it('put no words of an address on the page', async () => {
    const page = (await browser.go('/dashboard?done=%3Cb%3Eyou%20won%3C/b%3E')).body;
    expect(page).not.toContain('you won');
    expect(page).not.toContain('role="status"');
  });
});

describe('changing the password', () => {
  const change = (fields: Record<string, string>) => browser.submit('/account/password', fields);

  it('is offered on the dashboard, with fields that say what they are', async () => {
    expect(await dashboard()).toContain('href="/account/password"');
    const page = await browser.go('/account/password');
    expect(page.statusCode).toBe(200);
    for (const [id, label, autocomplete] of [
      ['current_password', 'Current password', 'current-password'],
      ['new_password', 'New password', 'new-password'],
    ]) {
      expect(page.body).toContain(`<label for="${id}">${label}</label>`);
      expect(page.body).toMatch(
        new RegExp(`id="${id}"[^>]*type="password"[^>]*autocomplete="${autocomplete}"`),
      );
    }
    expect(page.body).toContain(`value="${known.email}" autocomplete="username"`);
    expect(page.body).not.toMatch(/<script|style="|\son\w+=/);
  });

  it('leads to the dashboard, where only this session is left', async () => {
    const answer = await change({ current_password: known.password, new_password: 'a new good password' });
    expect([answer.statusCode, answer.headers.location]).toEqual([303, '/dashboard?done=password-changed']);
    const page = (await browser.go(String(answer.headers.location))).body;
    expect(page).toContain('Your password is changed');
    expect(page).not.toContain('Lost-Phone');
    expect(asked('POST', '/api/auth/change-password')[0]?.body).toEqual({
      current_password: known.password,
      new_password: 'a new good password',
    });
  });

  it('says that the current password is wrong, asks once, and keeps the session', async () => {
    const answer = await change({ current_password: 'a guess', new_password: 'a new good password' });
    expect(answer.statusCode).toBe(401);
    expect(answer.body).toContain('<a href="#current_password">This is not your current password.</a>');
    expect(answer.body).not.toContain('a guess');
    // A second try by itself would count against the account.
    expect(asked('POST', '/api/auth/change-password')).toHaveLength(1);
    expect(asked('POST', '/api/auth/refresh')).toEqual([]);
    expect((await browser.go('/dashboard')).statusCode).toBe(200);
  });

  it('ties what is wrong with the new password to its field', async () => {
    const answer = await change({ current_password: known.password, new_password: 'short' });
    expect(answer.statusCode).toBe(422);
    expect(answer.body).toContain('<a href="#new_password">Use at least 8 characters.</a>');
    expect(answer.body).toMatch(/id="new_password"[^>]*aria-invalid="true"/);
  });

  it.each([
    ['account_locked', 423, 'locked for a while'],
    ['rate_limited', 429, 'Too many attempts'],
  ] as const)('says in words what %s means', async (code, status, words) => {
    const csrf = csrfOf((await browser.go('/account/password')).body);
    const form = { csrf, current_password: known.password, new_password: 'a new good password' };
    accounts.failWith(code, '/api/auth/change-password');
    const answer = await browser.go('/account/password', { method: 'POST', form });
    expect(answer.statusCode).toBe(status);
    expect(answer.body).toContain(words);
  });

  it('goes on with tokens that had to be refreshed first', async () => {
    const csrf = csrfOf((await browser.go('/account/password')).body);
    accounts.expireAccessTokens();
    const form = { csrf, current_password: 'a guess', new_password: 'a new good password' };
    const answer = await browser.go('/account/password', { method: 'POST', form });
    expect(answer.body).toContain('This is not your current password.');
    expect(asked('POST', '/api/auth/refresh')).toHaveLength(1);
    expect((await browser.go('/dashboard')).statusCode).toBe(200);
  });

  it('is refused to other sites, and asks for a form that is not too old', async () => {
    const form = { csrf: 'made-up', current_password: known.password, new_password: 'a new good password' };
    const headers = { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' };
    const foreign = await browser.go('/account/password', { method: 'POST', form, headers });
    expect(foreign.statusCode).toBe(403);
    const stale = await browser.go('/account/password', { method: 'POST', form });
    expect(stale.statusCode).toBe(403);
    expect(stale.body).toContain('Send it again');
    expect(asked('POST', '/api/auth/change-password')).toEqual([]);
  });

  it('is for who is signed in, who comes back to it', async () => {
    const stranger = visit(app);
    const answer = await stranger.go('/account/password');
    expect(answer.statusCode).toBe(303);
    expect(answer.headers.location).toBe('/auth/login?callbackUrl=%2Faccount%2Fpassword');
    const back = await stranger.submit(String(answer.headers.location), known);
    expect(back.headers.location).toBe('/account/password');
  });
});
