import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AccountServer, known } from '../testing/account-server.ts';
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

const signIn = (url = '/auth/login') => browser.submit(url, known);

describe('a session', () => {
  it('is stored in cookies that scripts and other sites do not get', async () => {
    const cookies = [(await signIn()).headers['set-cookie'] ?? []].flat();
    expect(cookies.filter((cookie) => /^__Host-pyairtable_(access|refresh)=/.test(cookie))).toHaveLength(2);
    for (const cookie of cookies) expect(cookie).toMatch(/; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
  });

  it('belongs to exactly one host when the site has an https origin', async () => {
    await using secure = await startSite('https://app.example.com');
    const page = await secure.app.inject('/auth/login');
    expect(String(page.headers['set-cookie'])).toMatch(
      /^__Host-pyairtable_csrf=.*; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
  });

  it('is refreshed when the access token has expired', async () => {
    await signIn();
    accounts.expireAccessTokens();
    expect((await browser.go('/dashboard')).statusCode).toBe(200);
    browser.cookies.delete('__Host-pyairtable_access');
    expect((await browser.go('/dashboard')).statusCode).toBe(200);
  });

  it('survives pages that refresh with the same token in parallel', async () => {
    await signIn();
    browser.cookies.delete('__Host-pyairtable_access');
    const pages = await Promise.all([
      browser.go('/dashboard'),
      browser.go('/dashboard'),
      browser.go('/dashboard'),
    ]);
    expect(pages.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200]);
    expect(accounts.requests.filter(({ url }) => url === '/api/auth/refresh')).toHaveLength(1);
  });

  it('ends at the platform when the browser signs in again', async () => {
    const again = () => browser.go('/api/auth/login', { method: 'POST', json: known });
    await signIn();
    const first = browser.cookies.get('__Host-pyairtable_access');
    expect((await again()).statusCode).toBe(200);
    // The access token has expired: the session ends all the same.
    accounts.expireAccessTokens();
    expect((await again()).statusCode).toBe(200);
    const ended = accounts.requests.filter(({ url }) => url === '/api/auth/logout');
    expect(ended.map(({ headers }) => headers.authorization).slice(0, 1)).toEqual([`Bearer ${first}`]);
    expect(accounts.requests.filter(({ url }) => url === '/api/auth/refresh')).toHaveLength(1);
    expect((await browser.go('/dashboard')).statusCode).toBe(200);
  });

  it('starts although the platform cannot end the one before', async () => {
    await signIn();
    accounts.failWith('bad_gateway', '/api/auth/logout');
    const again = await browser.go('/api/auth/login', { method: 'POST', json: known });
    expect(again.statusCode).toBe(200);
    expect((await browser.go('/dashboard')).statusCode).toBe(200);
  });

  it('that has ended leads to the sign-in page and leaves no cookie', async () => {
    browser.cookies.set('__Host-pyairtable_access', 'a.old');
    browser.cookies.set('__Host-pyairtable_refresh', 'r.old');
    const response = await browser.go('/dashboard');
    expect([response.statusCode, response.headers.location]).toEqual([
      303,
      '/auth/login?callbackUrl=%2Fdashboard',
    ]);
    expect([...browser.cookies.keys()]).not.toContain('__Host-pyairtable_refresh');
    expect((await browser.go('/auth/login')).statusCode).toBe(200);
  });

  it('is kept when the platform fails', async () => {
    await signIn();
    accounts.failWith('bad_gateway');
    const page = await browser.go('/dashboard');
    expect(page.statusCode).toBe(502);
    expect(heading(page.body)).toBe('The platform cannot be reached');
    expect(browser.cookies.has('__Host-pyairtable_refresh')).toBe(true);
  });

  it('ends at the platform and here at sign-out, even when the platform fails', async () => {
    await signIn();
    const page = (await browser.go('/dashboard')).body;
    const csrf = csrfOf(page);
    accounts.failWith('bad_gateway');
    const response = await browser.go('/auth/logout', { method: 'POST', form: { csrf } });
    expect([response.statusCode, response.headers.location]).toEqual([303, '/auth/login']);
    expect(accounts.requests.some(({ url }) => url === '/api/auth/logout')).toBe(true);
    expect(browser.cookies.has('__Host-pyairtable_refresh')).toBe(false);
  });
});
