import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AccountServer, known, phone } from '../testing/account-server.ts';
import { csrfOf, startSite, type TestSite } from '../testing/start-site.ts';
import { type VisitingBrowser, visit } from '../testing/visitor.ts';

let accounts: AccountServer;
let app: FastifyInstance;
let browser: VisitingBrowser;
let site: TestSite;

beforeEach(async () => {
  site = await startSite();
  ({ accounts, app, browser } = site);
  await browser.submit('/auth/login', known);
});
afterEach(() => site[Symbol.asyncDispose]());

const received = (method: string, path: string) =>
  accounts.requests.filter((one) => one.method === method && one.url.startsWith(path));

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
  it('can be ended, except this one, each by a button that names it', async () => {
    const page = await dashboard();
    const buttons = [...page.matchAll(/<button[^>]*aria-label="(End session[^"]*)"/g)].map(
      ([, name]) => name,
    );
    expect(buttons).toEqual(['End session: Lost-Phone/1.0, 192.0.2.7']);
    expect(page).toMatch(/Chrome on Linux.*this session/s);
    const response = await endSession(phone.id);
    expect([response.statusCode, response.headers.location]).toEqual([303, '/dashboard?done=session-ended']);
    const after = (await browser.go('/dashboard?done=session-ended')).body;
    expect(after).toContain('role="status"');
    expect(after).toContain('The session was ended.');
    expect(after).not.toContain('Lost-Phone');
  });

  it('can be ended twice', async () => {
    await endSession(phone.id);
    expect((await endSession(phone.id)).headers.location).toBe('/dashboard?done=session-ended');
  });

  it('can be ended only by a form of this site', async () => {
    const foreign = { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' };
    expect((await endSession(phone.id, { headers: foreign })).statusCode).toBe(403);
    expect((await endSession(phone.id, { csrf: 'made-up' })).statusCode).toBe(403);
    expect((await endSession('../logout')).statusCode).toBe(400);
    expect(received('DELETE', '/api/auth/sessions')).toEqual([]);
  });

  it('stay listed when the platform cannot end them', async () => {
    const csrf = csrfOf(await dashboard());
    accounts.failWith('not_ready');
    expect((await endSession(phone.id, { csrf })).statusCode).toBe(502);
    accounts.failWith(undefined);
    expect(await dashboard()).toContain('Lost-Phone');
  });

  it('lead to the sign-in page when the visitor’s own session has ended', async () => {
    const csrf = csrfOf(await dashboard());
    for (const name of ['access', 'refresh']) browser.cookies.delete(`__Host-pyairtable_${name}`);
    const response = await endSession(phone.id, { csrf });
    expect([response.statusCode, response.headers.location]).toEqual([
      303,
      '/auth/login?callbackUrl=%2Fdashboard',
    ]);
  });

  it('show no text from the URL', async () => {
    const page = (await browser.go('/dashboard?done=%3Cb%3Eyou%20won%3C/b%3E')).body;
    expect(page).not.toContain('you won');
    expect(page).not.toContain('role="status"');
  });
});

describe('changing the password', () => {
  const change = (fields: Record<string, string>) => browser.submit('/account/password', fields);

  it('is linked on the dashboard and has labelled fields', async () => {
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

  it('leads to the dashboard, which shows only this session', async () => {
    const response = await change({ current_password: known.password, new_password: 'a new good password' });
    expect([response.statusCode, response.headers.location]).toEqual([
      303,
      '/dashboard?done=password-changed',
    ]);
    const page = (await browser.go(String(response.headers.location))).body;
    expect(page).toContain('Your password is changed');
    expect(page).not.toContain('Lost-Phone');
    expect(received('POST', '/api/auth/change-password')[0]?.body).toEqual({
      current_password: known.password,
      new_password: 'a new good password',
    });
  });

  it('reports a wrong current password after one request and keeps the session', async () => {
    const response = await change({ current_password: 'a guess', new_password: 'a new good password' });
    expect(response.statusCode).toBe(401);
    expect(response.body).toContain('<a href="#current_password">This is not your current password.</a>');
    expect(response.body).not.toContain('a guess');
    // An automatic second attempt would count against the account.
    expect(received('POST', '/api/auth/change-password')).toHaveLength(1);
    expect(received('POST', '/api/auth/refresh')).toEqual([]);
    expect((await browser.go('/dashboard')).statusCode).toBe(200);
  });

  it('links a problem of the new password to its field', async () => {
    const response = await change({ current_password: known.password, new_password: 'short' });
    expect(response.statusCode).toBe(422);
    expect(response.body).toContain('<a href="#new_password">Use at least 8 characters.</a>');
    expect(response.body).toMatch(/id="new_password"[^>]*aria-invalid="true"/);
  });

  it.each([
    ['account_locked', 423, 'locked for a while'],
    ['rate_limited', 429, 'Too many attempts'],
  ] as const)('explains %s in words', async (code, status, words) => {
    const csrf = csrfOf((await browser.go('/account/password')).body);
    const form = { csrf, current_password: known.password, new_password: 'a new good password' };
    accounts.failWith(code, '/api/auth/change-password');
    const response = await browser.go('/account/password', { method: 'POST', form });
    expect(response.statusCode).toBe(status);
    expect(response.body).toContain(words);
  });

  it('works after the tokens have been refreshed', async () => {
    const csrf = csrfOf((await browser.go('/account/password')).body);
    accounts.expireAccessTokens();
    const form = { csrf, current_password: 'a guess', new_password: 'a new good password' };
    const response = await browser.go('/account/password', { method: 'POST', form });
    expect(response.body).toContain('This is not your current password.');
    expect(received('POST', '/api/auth/refresh')).toHaveLength(1);
    expect((await browser.go('/dashboard')).statusCode).toBe(200);
  });

  it('rejects other sites and expired forms', async () => {
    const form = { csrf: 'made-up', current_password: known.password, new_password: 'a new good password' };
    const headers = { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' };
    const foreign = await browser.go('/account/password', { method: 'POST', form, headers });
    expect(foreign.statusCode).toBe(403);
    const stale = await browser.go('/account/password', { method: 'POST', form });
    expect(stale.statusCode).toBe(403);
    expect(stale.body).toContain('Send it again');
    expect(received('POST', '/api/auth/change-password')).toEqual([]);
  });

  it('requires a session and returns to the form after sign-in', async () => {
    const stranger = visit(app);
    const response = await stranger.go('/account/password');
    expect(response.statusCode).toBe(303);
    expect(response.headers.location).toBe('/auth/login?callbackUrl=%2Faccount%2Fpassword');
    const back = await stranger.submit(String(response.headers.location), known);
    expect(back.headers.location).toBe('/account/password');
  });
});
