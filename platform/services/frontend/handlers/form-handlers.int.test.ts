import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AccountServer, known } from '../testing/account-server.ts';
import { heading, internalKey, startSite, type TestSite } from '../testing/start-site.ts';
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

describe('signing in', () => {
  it('leads to the dashboard, which shows the escaped name', async () => {
    const response = await signIn();
    expect([response.statusCode, response.headers.location]).toEqual([303, '/dashboard']);
    const page = await browser.go('/dashboard');
    expect(page.statusCode).toBe(200);
    expect(heading(page.body)).toBe('Dashboard');
    expect(page.body).toContain('Ada &lt;b>Lovelace&lt;/b>');
    expect(page.body).toContain('Chrome on Linux');
    expect(page.headers['cache-control']).toBe('no-store');
  });

  it('shows a part that failed to load as missing, not as empty', async () => {
    await signIn();
    const page = await browser.go('/dashboard');
    expect(page.body).toMatch(/Workspaces<\/h2><p class="notice">This cannot be shown/);
  });

  it('keeps the email but not the password after a rejection', async () => {
    const response = await browser.submit('/auth/login', { email: known.email, password: 'guess' });
    expect(response.statusCode).toBe(401);
    expect(response.body).toContain('role="alert"');
    expect(response.body).toContain('Email or password is wrong.');
    expect(response.body).toContain(`value="${known.email}"`);
    expect(response.body).not.toContain('guess');
    expect(browser.cookies.has('__Host-pyairtable_access')).toBe(false);
  });

  it.each([
    ['rate_limited', 429, 'Too many attempts'],
    ['account_locked', 423, 'locked for a while'],
    ['bad_gateway', 502, 'not possible at the moment'],
    ['internal', 502, 'not possible at the moment'],
  ] as const)('explains %s in words', async (code, status, words) => {
    accounts.failWith(code);
    const response = await signIn();
    expect(response.statusCode).toBe(status);
    expect(response.body).toContain(words);
  });

  it('sends the visitor’s address and browser with the internal key', async () => {
    await browser.submit('/auth/login', known);
    const headers = accounts.requests.at(-1)?.headers;
    expect(headers).toMatchObject({ 'x-internal-key': internalKey, 'x-forwarded-for': '127.0.0.1' });
    expect(headers?.['user-agent']).toBe('lightMyRequest');
  });

  it('returns to the page of this site that required it', async () => {
    const asked = await browser.go('/dashboard');
    expect(asked.headers.location).toBe('/auth/login?callbackUrl=%2Fdashboard');
    const response = await signIn('/auth/login?callbackUrl=%2Fsettings%3Ftab%3D1');
    expect(response.headers.location).toBe('/settings?tab=1');
  });

  it('never leads to another site', async () => {
    const response = await signIn('/auth/login?callbackUrl=https%3A%2F%2Fevil.example');
    expect(response.headers.location).toBe('/dashboard');
  });
});

describe('registering', () => {
  const account = { name: 'Grace', email: 'grace@example.com', password: 'a good password' };

  it('creates the account and signs in', async () => {
    const response = await browser.submit('/auth/register', account);
    expect([response.statusCode, response.headers.location]).toEqual([303, '/dashboard']);
    expect(accounts.requests.at(-1)?.body).toEqual(account);
  });

  it('omits an empty name', async () => {
    await browser.submit('/auth/register', { ...account, name: ' ' });
    expect(accounts.requests.at(-1)?.body).toEqual({ email: account.email, password: account.password });
  });

  it('links each problem to its field', async () => {
    const short = await browser.submit('/auth/register', { ...account, password: 'short' });
    expect(short.statusCode).toBe(422);
    expect(short.body).toContain('<a href="#password">Use at least 8 characters.</a>');
    expect(short.body).toMatch(
      /id="password"[^>]*aria-invalid="true"[^>]*aria-describedby="password-hint password-problem"/,
    );
    expect(short.body).toContain('value="Grace"');
    const taken = await browser.submit('/auth/register', { ...account, email: known.email });
    expect(taken.statusCode).toBe(409);
    expect(taken.body).toContain('<a href="#email">An account with this email address exists.</a>');
  });
});
