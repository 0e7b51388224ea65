import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AccountServer } from './testing/account-server.ts';
import { heading, startSite, type TestSite } from './testing/start-site.ts';
import type { VisitingBrowser } from './testing/visitor.ts';

let accounts: AccountServer;
let app: FastifyInstance;
let browser: VisitingBrowser;
let site: TestSite;

beforeEach(async () => {
  site = await startSite();
  ({ accounts, app, browser } = site);
});
afterEach(() => site[Symbol.asyncDispose]());

describe('every page', () => {
  it.each([
    ['/', 200, 'Airtable, automated'],
    ['/auth/login', 200, 'Sign in'],
    ['/auth/register', 200, 'Create your account'],
    ['/nowhere', 404, 'Page not found'],
    ['/%zz', 400, undefined],
  ])('%s responds with %i and headers that block foreign content', async (url, status, title) => {
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
    const response = await browser.go(from);
    expect([response.statusCode, response.headers.location]).toEqual([308, to]);
  });

  it('loads a style sheet that exists', async () => {
    const href = /rel="stylesheet" href="([^"]+)"/.exec((await browser.go('/')).body)?.[1] ?? '';
    const sheet = await browser.go(href);
    expect(sheet.statusCode).toBe(200);
    expect(sheet.headers['content-type']).toContain('text/css');
    expect(sheet.headers['cache-control']).toContain('immutable');
  });

  it('is an error envelope for programs', async () => {
    const response = await browser.go('/nowhere', { headers: { accept: 'application/json' } });
    expect(response.statusCode).toBe(404);
    expect(response.json().error).toBe('not_found');
  });
});

it('is ready only when the gateway responds as the gateway', async () => {
  expect((await app.inject('/ready')).statusCode).toBe(200);
  expect((await app.inject('/api/health')).json()).toMatchObject({ status: 'ok', service: 'frontend' });
  accounts.failWith('internal');
  const response = await app.inject('/ready');
  expect(response.statusCode).toBe(503);
  expect(response.json().checks.gateway.status).toBe('failed');
});
