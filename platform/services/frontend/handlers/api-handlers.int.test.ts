import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { known } from '../testing/account-server.ts';
import { startSite, type TestSite } from '../testing/start-site.ts';
import type { VisitingBrowser } from '../testing/visitor.ts';

let browser: VisitingBrowser;
let site: TestSite;

beforeEach(async () => {
  site = await startSite();
  ({ browser } = site);
});
afterEach(() => site[Symbol.asyncDispose]());

describe('the JSON routes for scripts', () => {
  it('return the user and set the tokens only as cookies', async () => {
    const response = await browser.go('/api/auth/login', { method: 'POST', json: known });
    expect(response.statusCode).toBe(200);
    expect(Object.keys(response.json())).toEqual(['user']);
    expect(response.body).not.toContain('a.');
    expect((await browser.go('/api/auth/profile')).json().user.email).toBe(known.email);
    expect((await browser.go('/api/auth/logout', { method: 'POST' })).statusCode).toBe(204);
    expect((await browser.go('/api/auth/profile')).statusCode).toBe(401);
  });

  it('return a ticket for the WebSocket of the visitor’s session, also after its token has expired', async () => {
    const ask = () => browser.go('/api/ws-ticket', { method: 'POST' });
    expect((await ask()).statusCode).toBe(401);
    await browser.go('/api/auth/login', { method: 'POST', json: known });
    site.accounts.expireAccessTokens();
    const response = await ask();
    expect(response.statusCode).toBe(201);
    expect(response.json()).toEqual({ ticket: expect.stringMatching(/^ticket-/), expires_in: 30 });
    expect(response.headers['cache-control']).toBe('no-store');
  });
});
