import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AccountServer, known, mailToken } from '../testing/account-server.ts';
import { csrfOf, heading, startSite, type TestSite } from '../testing/start-site.ts';
import type { VisitingBrowser } from '../testing/visitor.ts';

let accounts: AccountServer;
let browser: VisitingBrowser;
let site: TestSite;

beforeEach(async () => {
  site = await startSite();
  ({ accounts, browser } = site);
});
afterEach(() => site[Symbol.asyncDispose]());

const received = (path: string) =>
  accounts.requests.filter(({ url }) => url === path).map(({ body }) => body);

describe('a lost password', () => {
  it('is reachable from the sign-in page and asks for a mail', async () => {
    expect((await browser.go('/auth/login')).body).toContain('href="/auth/forgot-password"');
    const response = await browser.submit('/auth/forgot-password', { email: ' ada@example.com ' });
    expect([response.statusCode, response.headers.location]).toEqual([
      303,
      '/auth/done?what=reset-requested',
    ]);
    expect(received('/api/auth/forgot-password')).toEqual([{ email: 'ada@example.com' }]);
    const done = await browser.go('/auth/done?what=reset-requested');
    expect(heading(done.body)).toBe('Look into your mailbox');
  });

  it('shows why a new password was rejected and keeps the link', async () => {
    const response = await browser.submit(`/auth/reset-password?token=${mailToken}`, {
      new_password: 'short',
    });
    expect(response.statusCode).toBe(422);
    expect(response.body).toContain('Use at least 8 characters.');
    expect(response.body).toContain(`name="token" value="${mailToken}"`);
    expect(response.body).not.toContain('short');
  });
});

describe.each([
  ['/auth/reset-password', '/api/auth/reset-password', 'password-reset', { new_password: 'a new password' }],
  ['/auth/verify-email', '/api/auth/verify-email', 'email-verified', {}],
  ['/auth/confirm-email', '/api/auth/confirm-email-change', 'email-changed', {}],
  ['/auth/undo-email-change', '/api/auth/undo-email-change', 'email-change-undone', {}],
] as const)('the link to %s', (page, route, step, fields) => {
  it('changes nothing when it is opened, and once its form is sent confirms what it has done', async () => {
    const opened = await browser.go(`${page}?token=${mailToken}`);
    expect(opened.statusCode).toBe(200);
    expect(opened.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'same-origin' });
    expect(received(route)).toEqual([]);
    const sent = await browser.submit(`${page}?token=${mailToken}`, fields);
    expect([sent.statusCode, sent.headers.location]).toEqual([303, `/auth/done?what=${step}`]);
    expect(received(route)).toEqual([{ token: mailToken, ...fields }]);
    const done = await browser.go(`/auth/done?what=${step}`);
    expect(done.statusCode).toBe(200);
    expect(done.body).toContain('role="status"');
  });

  it('explains a token that is not valid', async () => {
    const sent = await browser.submit(`${page}?token=used`, fields);
    expect(sent.statusCode).toBe(404);
    expect(sent.body).toContain('This link is not valid any more.');
  });

  it('shows a hostile token as text', async () => {
    const { body } = await browser.go(`${page}?token=${encodeURIComponent('"><script>alert(1)</script>')}`);
    expect(body).not.toContain('<script>');
  });

  it('accepts a form of this site only', async () => {
    const foreign = { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' };
    const csrf = csrfOf((await browser.go(`${page}?token=${mailToken}`)).body);
    const form = { csrf, token: mailToken, ...fields };
    expect((await browser.go(page, { method: 'POST', form, headers: foreign })).statusCode).toBe(403);
    const stale = await browser.go(page, { method: 'POST', form: { ...form, csrf: 'made-up' } });
    expect(stale.statusCode).toBe(403);
    expect(received(route)).toEqual([]);
  });
});

describe('a change of address', () => {
  beforeEach(async () => {
    await browser.submit('/auth/login', known);
  });

  it('asks for the password and says that a mail is on its way', async () => {
    const fields = { new_email: 'new@example.com', current_password: known.password };
    const response = await browser.submit('/account/email', fields);
    expect([response.statusCode, response.headers.location]).toEqual([
      303,
      '/dashboard?done=email-change-sent',
    ]);
    expect(received('/api/auth/change-email')).toEqual([fields]);
  });

  it('explains a wrong password and a taken address beside their fields', async () => {
    const wrong = await browser.submit('/account/email', {
      new_email: 'new@example.com',
      current_password: 'no',
    });
    expect(wrong.statusCode).toBe(401);
    expect(wrong.body).toContain('This is not your current password.');
    expect(wrong.body).toContain('value="new@example.com"');
    const taken = await browser.submit('/account/email', {
      new_email: known.email,
      current_password: known.password,
    });
    expect(taken.statusCode).toBe(409);
    expect(taken.body).toContain('id="new_email-problem"');
  });

  it('needs a session', async () => {
    browser.cookies.clear();
    const { statusCode, headers } = await browser.go('/account/email');
    expect([statusCode, headers.location]).toEqual([303, '/auth/login?callbackUrl=%2Faccount%2Femail']);
  });
});

it('offers to send the confirmation of an address again until it is confirmed', async () => {
  await browser.submit('/auth/login', known);
  expect((await browser.go('/dashboard')).body).not.toContain('/account/verification');
  accounts.unverify();
  const { body } = await browser.go('/dashboard');
  expect(body).toContain('This address is not confirmed yet.');
  const response = await browser.go('/account/verification', {
    method: 'POST',
    form: { csrf: csrfOf(body) },
  });
  expect(response.headers.location).toBe('/dashboard?done=verification-sent');
  expect(received('/api/auth/resend-verification')).toHaveLength(1);
  expect(
    (await browser.go('/account/verification', { method: 'POST', form: { csrf: 'made-up' } })).statusCode,
  ).toBe(403);
});
