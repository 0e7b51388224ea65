import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../../kit/observe/log.ts';
import { buildApp } from './app.ts';
import { gatewayDependency } from './gateway-dependency.ts';
import { type AccountServer, known, startAccountServer } from './testing/account-server.ts';
import { type VisitingBrowser, visit } from './testing/visitor.ts';

const internalKey = 'internal-key-of-the-tests-0123456789';
let accounts: AccountServer;
let app: FastifyInstance;
let browser: VisitingBrowser;

function build(publicOrigin?: string) {
  return buildApp({
    config: { INTERNAL_API_KEY: internalKey, GATEWAY_URL: accounts.url, PUBLIC_ORIGIN: publicOrigin },
    log: createLog({ service: 'frontend', level: 'silent' }),
    dependencies: [gatewayDependency(accounts.url)],
  });
}

beforeEach(async () => {
  accounts = await startAccountServer();
  app = build();
  browser = visit(app);
});
afterEach(async () => {
  await app?.close();
  await accounts?.[Symbol.asyncDispose]();
});

const signIn = (url = '/auth/login') => browser.submit(url, known);
const heading = (body: string) => /<h1>(.*?)<\/h1>/.exec(body)?.[1];

describe('signing in', () => {
  it('leads to the dashboard, which shows who it is, escaped', async () => {
    const answer = await signIn();
    expect([answer.statusCode, answer.headers.location]).toEqual([303, '/dashboard']);
    const page = await browser.go('/dashboard');
    expect(page.statusCode).toBe(200);
    expect(heading(page.body)).toBe('Dashboard');
    expect(page.body).toContain('Ada &lt;b>Lovelace&lt;/b>');
    expect(page.body).toContain('Chrome on Linux');
    expect(page.headers['cache-control']).toBe('no-store');
  });

  it('shows what could not be had as missing, not as empty', async () => {
    await signIn();
    const page = await browser.go('/dashboard');
    expect(page.body).toMatch(/Workspaces<\/h2><p class="notice">This cannot be shown/);
  });

  it('keeps the email and not the password when it is refused', async () => {
    const answer = await browser.submit('/auth/login', { email: known.email, password: 'guess' });
    expect(answer.statusCode).toBe(401);
    expect(answer.body).toContain('role="alert"');
    expect(answer.body).toContain('The email or the password is wrong.');
    expect(answer.body).toContain(`value="${known.email}"`);
    expect(answer.body).not.toContain('guess');
    expect(browser.cookies.has('__Host-pyairtable_access')).toBe(false);
  });

  it.each([
    ['rate_limited', 429, 'Too many attempts'],
    ['account_locked', 423, 'locked for a while'],
    ['bad_gateway', 502, 'not possible at the moment'],
    ['internal', 502, 'not possible at the moment'],
  ] as const)('says in words what %s means', async (code, status, words) => {
    accounts.failWith(code);
    const answer = await signIn();
    expect(answer.statusCode).toBe(status);
    expect(answer.body).toContain(words);
  });

  it('sends the visitor’s address and browser along with the internal key', async () => {
    await browser.submit('/auth/login', known);
    const headers = accounts.requests.at(-1)?.headers;
    expect(headers).toMatchObject({ 'x-internal-key': internalKey, 'x-forwarded-for': '127.0.0.1' });
    expect(headers?.['user-agent']).toBe('lightMyRequest');
  });

  it('goes back to the page that asked for it, if it is one of this site', async () => {
    const asked = await browser.go('/dashboard');
    expect(asked.headers.location).toBe('/auth/login?callbackUrl=%2Fdashboard');
    const answer = await signIn('/auth/login?callbackUrl=%2Fsettings%3Ftab%3D1');
    expect(answer.headers.location).toBe('/settings?tab=1');
  });

  it('never leads to another site', async () => {
    const answer = await signIn('/auth/login?callbackUrl=https%3A%2F%2Fevil.example');
    expect(answer.headers.location).toBe('/dashboard');
  });
});

describe('registering', () => {
  const account = { name: 'Grace', email: 'grace@example.com', password: 'a good password' };

  it('creates the account and signs in', async () => {
    const answer = await browser.submit('/auth/register', account);
    expect([answer.statusCode, answer.headers.location]).toEqual([303, '/dashboard']);
    expect(accounts.requests.at(-1)?.body).toEqual(account);
  });

  it('leaves an empty name out', async () => {
    await browser.submit('/auth/register', { ...account, name: ' ' });
    expect(accounts.requests.at(-1)?.body).toEqual({ email: account.email, password: account.password });
  });

  it('ties each problem to its field', async () => {
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

describe('a session', () => {
  it('is kept in cookies that scripts and other sites do not get', async () => {
    const cookies = [(await signIn()).headers['set-cookie'] ?? []].flat();
    expect(cookies.filter((cookie) => /^__Host-pyairtable_(access|refresh)=/.test(cookie))).toHaveLength(2);
    for (const cookie of cookies) expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Lax/);
  });

  it('belongs to one https host when the site has one', async () => {
    const secure = build('https://app.example.com');
    const page = await secure.inject('/auth/login');
    expect(String(page.headers['set-cookie'])).toMatch(
      /^__Host-pyairtable_csrf=.*; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    );
    await secure.close();
  });

  it('is refreshed when the access token has expired', async () => {
    await signIn();
    accounts.expireAccessTokens();
    expect((await browser.go('/dashboard')).statusCode).toBe(200);
    browser.cookies.delete('__Host-pyairtable_access');
    expect((await browser.go('/dashboard')).statusCode).toBe(200);
  });

  it('survives two pages that refresh with the same token at once', async () => {
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

  it('that is over leads to the sign-in page and leaves no cookie', async () => {
    browser.cookies.set('__Host-pyairtable_access', 'a.old');
    browser.cookies.set('__Host-pyairtable_refresh', 'r.old');
    const answer = await browser.go('/dashboard');
    expect([answer.statusCode, answer.headers.location]).toEqual([
      303,
      '/auth/login?callbackUrl=%2Fdashboard',
    ]);
    expect([...browser.cookies.keys()]).not.toContain('__Host-pyairtable_refresh');
    expect((await browser.go('/auth/login')).statusCode).toBe(200);
  });

  it('is not given up because the platform fails', async () => {
    await signIn();
    accounts.failWith('bad_gateway');
    const page = await browser.go('/dashboard');
    expect(page.statusCode).toBe(502);
    expect(heading(page.body)).toBe('The platform cannot be reached');
    expect(browser.cookies.has('__Host-pyairtable_refresh')).toBe(true);
  });

  it('ends at the platform and here when signing out, even when the platform fails', async () => {
    await signIn();
    const page = (await browser.go('/dashboard')).body;
    const csrf = /name="csrf" value="([^"]+)"/.exec(page)?.[1] ?? '';
    accounts.failWith('bad_gateway');
    const answer = await browser.go('/auth/logout', { method: 'POST', form: { csrf } });
    expect([answer.statusCode, answer.headers.location]).toEqual([303, '/auth/login']);
    expect(accounts.requests.some(({ url }) => url === '/api/auth/logout')).toBe(true);
    expect(browser.cookies.has('__Host-pyairtable_refresh')).toBe(false);
  });
});

describe('requests of other sites', () => {
  it.each([
    ['another origin', { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['another port of the same host', { origin: 'http://site.example:8000', 'sec-fetch-site': 'same-site' }],
    ['a sandboxed frame', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
  ])('are refused: %s', async (_what, headers) => {
    const page = await browser.go('/auth/login');
    const csrf = /name="csrf" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
    for (const url of ['/auth/login', '/auth/register', '/auth/logout']) {
      const answer = await browser.go(url, { method: 'POST', form: { ...known, csrf }, headers });
      expect([url, answer.statusCode]).toEqual([url, 403]);
    }
    const scripted = await browser.go('/api/auth/login', { method: 'POST', json: known, headers });
    expect(scripted.statusCode).toBe(403);
    expect(accounts.requests).toHaveLength(0);
  });

  it('are refused by old browsers too, which only send Origin', async () => {
    const headers = { origin: 'http://evil.example', 'sec-fetch-site': '' };
    const answer = await browser.go('/auth/login', { method: 'POST', form: known, headers });
    expect(answer.statusCode).toBe(403);
  });

  it('cannot use a token made for somebody else', async () => {
    const other = visit(app);
    const csrf = /name="csrf" value="([^"]+)"/.exec((await other.go('/auth/login')).body)?.[1] ?? '';
    await browser.go('/auth/login');
    const answer = await browser.go('/auth/login', { method: 'POST', form: { ...known, csrf } });
    expect(answer.statusCode).toBe(403);
    expect(answer.body).toContain('Send it again');
    expect(accounts.requests).toHaveLength(0);
  });
});

describe('the JSON routes for scripts', () => {
  it('answer the user and set the tokens as cookies only', async () => {
    const answer = await browser.go('/api/auth/login', { method: 'POST', json: known });
    expect(answer.statusCode).toBe(200);
    expect(Object.keys(answer.json())).toEqual(['user']);
    expect(answer.body).not.toContain('a.');
    expect((await browser.go('/api/auth/profile')).json().user.email).toBe(known.email);
    expect((await browser.go('/api/auth/logout', { method: 'POST' })).statusCode).toBe(204);
    expect((await browser.go('/api/auth/profile')).statusCode).toBe(401);
  });
});

describe('every page', () => {
  it.each([
    ['/', 200, 'Airtable, automated'],
    ['/auth/login', 200, 'Sign in'],
    ['/auth/register', 200, 'Create your account'],
    ['/nowhere', 404, 'Page not found'],
    ['/%zz', 400, undefined],
  ])('%s answers %i with headers that let nothing foreign in', async (url, status, title) => {
    const page = await browser.go(url);
    expect(page.statusCode).toBe(status);
    if (title === undefined) return;
    expect(heading(page.body)).toBe(title);
    expect(page.body).not.toMatch(/<script|style="|\son\w+=/);
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toContain('unsafe');
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'x-served-by': 'frontend',
      'cache-control': 'no-store',
    });
  });

  it.each([
    ['/login', '/auth/login'],
    ['/register', '/auth/register'],
    ['/signup?callbackUrl=/settings', '/auth/register?callbackUrl=%2Fsettings'],
    ['/login?callbackUrl=//evil.example', '/auth/login'],
  ])('%s leads to %s', async (from, to) => {
    const answer = await browser.go(from);
    expect([answer.statusCode, answer.headers.location]).toEqual([308, to]);
  });

  it('loads a style sheet that exists', async () => {
    const href = /rel="stylesheet" href="([^"]+)"/.exec((await browser.go('/')).body)?.[1] ?? '';
    const sheet = await browser.go(href);
    expect(sheet.statusCode).toBe(200);
    expect(sheet.headers['content-type']).toContain('text/css');
    expect(sheet.headers['cache-control']).toContain('immutable');
  });

  it('is an envelope for programs', async () => {
    const answer = await browser.go('/nowhere', { headers: { accept: 'application/json' } });
    expect(answer.statusCode).toBe(404);
    expect(answer.json().error).toBe('not_found');
  });
});

it('is ready only when the gateway is the gateway', async () => {
  expect((await app.inject('/ready')).statusCode).toBe(200);
  expect((await app.inject('/api/health')).json()).toMatchObject({ status: 'ok', service: 'frontend' });
  accounts.failWith('internal');
  const answer = await app.inject('/ready');
  expect(answer.statusCode).toBe(503);
  expect(answer.json().checks.gateway.status).toBe('failed');
});
