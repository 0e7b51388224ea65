import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AccountServer, known } from '../testing/account-server.ts';
import { csrfOf, startSite, type TestSite } from '../testing/start-site.ts';
import { type VisitingBrowser, visit } from '../testing/visitor.ts';

let accounts: AccountServer;
let app: FastifyInstance;
let browser: VisitingBrowser;
let site: TestSite;

beforeEach(async () => {
  site = await startSite();
  ({ accounts, app, browser } = site);
});
afterEach(() => site[Symbol.asyncDispose]());

describe('requests from other sites', () => {
  it.each([
    ['another origin', { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['another port of the same host', { origin: 'http://site.example:8000', 'sec-fetch-site': 'same-site' }],
    ['a sandboxed frame', { origin: 'null', 'sec-fetch-site': 'cross-site' }],
  ])('are rejected: %s', async (_what, headers) => {
    const page = await browser.go('/auth/login');
    const csrf = csrfOf(page.body);
    for (const url of ['/auth/login', '/auth/register', '/auth/logout']) {
      const response = await browser.go(url, { method: 'POST', form: { ...known, csrf }, headers });
      expect([url, response.statusCode]).toEqual([url, 403]);
    }
    const scripted = await browser.go('/api/auth/login', { method: 'POST', json: known, headers });
    expect(scripted.statusCode).toBe(403);
    expect((await browser.go('/api/ws-ticket', { method: 'POST', headers })).statusCode).toBe(403);
    expect(accounts.requests).toHaveLength(0);
  });

  it('are rejected by `Origin` alone, for old browsers', async () => {
    const headers = { origin: 'http://evil.example', 'sec-fetch-site': '' };
    const response = await browser.go('/auth/login', { method: 'POST', form: known, headers });
    expect(response.statusCode).toBe(403);
  });

  it('cannot use a token made for another visitor', async () => {
    const other = visit(app);
    const csrf = csrfOf((await other.go('/auth/login')).body);
    await browser.go('/auth/login');
    const response = await browser.go('/auth/login', { method: 'POST', form: { ...known, csrf } });
    expect(response.statusCode).toBe(403);
    expect(response.body).toContain('Send it again');
    expect(accounts.requests).toHaveLength(0);
  });
});
