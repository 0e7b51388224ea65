import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Session } from '../../../contracts/platform-services/authentication.ts';
import { type RealPlatformSite, startRealPlatformSite } from '../testing/real-platform-site.ts';
import { csrfOf, heading } from '../testing/start-site.ts';
import { type VisitingBrowser, visit } from '../testing/visitor.ts';

const password = 'analytical engine';
let platform: RealPlatformSite;

beforeAll(async () => {
  platform = await startRealPlatformSite('http://127.0.0.1:9');
});
afterAll(() => platform?.[Symbol.asyncDispose]());

async function api(method: string, path: string, { token, body }: { token?: string; body?: object } = {}) {
  const response = await fetch(`${platform.gatewayUrl}/api${path}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, json: text === '' ? undefined : JSON.parse(text) };
}

async function register(overrides: object = {}): Promise<Session & { email: string }> {
  const email = `user-${randomUUID()}@example.com`;
  const body = { email, password, name: 'Grace <i>Hopper</i>', ...overrides };
  const { status, json } = await api('POST', '/auth/register', { body });
  expect(status).toBe(201);
  return { ...json, email: json.user.email };
}

async function invite(owner: Session, body: object = {}): Promise<{ email: string; token: string }> {
  const email = `guest-${randomUUID()}@example.com`;
  const path = `/workspaces/${owner.workspace_id}/invitations`;
  const made = await api('POST', path, { token: owner.access_token, body: { email, ...body } });
  expect(made.status).toBe(201);
  return { email, token: made.json.token };
}

async function signIn({ email }: { email: string }): Promise<VisitingBrowser> {
  const browser = visit(platform.site);
  expect((await browser.submit('/auth/login', { email, password })).statusCode).toBe(303);
  return browser;
}

/** Posts a form of a page, with the hidden field that every form of the page has. */
async function post(browser: VisitingBrowser, page: string, fields: Record<string, string>, target = page) {
  const csrf = csrfOf((await browser.go(page)).body);
  return browser.go(target.split('?', 1)[0] as string, { method: 'POST', form: { csrf, ...fields } });
}

describe('the page of API keys', () => {
  it('makes a limited key, shows it once, and revokes it', async () => {
    const user = await register();
    const browser = await signIn(user);
    const created = await post(browser, '/account/tokens', {
      name: 'Sync <b>script</b>',
      'scope:user.email:read': 'on',
      [`workspace:${user.workspace_id}`]: 'on',
      expires: '30',
    });
    expect([created.statusCode, heading(created.body)]).toEqual([200, 'Your new key']);
    const token = /<code id="token">([^<]+)</.exec(created.body)?.[1] ?? '';
    expect((await api('GET', '/auth/me', { token })).status).toBe(200);
    const list = await browser.go('/account/tokens');
    expect(list.body).toContain('Sync &lt;b>script&lt;/b>');
    expect(list.body).toContain('user.email:read · My workspace');
    expect(list.body).not.toContain(token.split('.')[1]);
    const { json } = await api('GET', '/auth/tokens', { token: user.access_token });
    const lifetime = Date.parse(json.tokens[0].expires_at) - Date.now();
    expect(Math.round(lifetime / 86_400_000)).toBe(30);

    const id = token.split('.')[0] ?? '';
    const revoked = await post(browser, '/account/tokens', { id }, '/account/tokens/revoke');
    expect(revoked.headers.location).toBe('/account/tokens?done=token-revoked');
    expect((await browser.go('/account/tokens?done=token-revoked')).body).toContain('The key is revoked.');
    expect((await api('GET', '/auth/tokens', { token: user.access_token })).json.tokens).toEqual([]);
  });

  it('explains what is missing and keeps what was chosen', async () => {
    const browser = await signIn(await register());
    const rejected = await post(browser, '/account/tokens', { name: 'Kept name', bases: 'not a base' });
    expect(rejected.statusCode).toBe(422);
    expect(rejected.body).toContain('role="alert"');
    expect(rejected.body).toContain('value="Kept name"');
  });

  it('makes nothing without the hidden field or from another site', async () => {
    const user = await register();
    const browser = await signIn(user);
    const form = { name: 'Key', 'scope:user.email:read': 'on' };
    expect((await browser.go('/account/tokens', { method: 'POST', form })).statusCode).toBe(403);
    const csrf = csrfOf((await browser.go('/account/tokens')).body);
    const headers = { 'sec-fetch-site': 'cross-site' };
    const foreign = await browser.go('/account/tokens', { method: 'POST', form: { ...form, csrf }, headers });
    expect(foreign.statusCode).toBe(403);
    expect((await api('GET', '/auth/tokens', { token: user.access_token })).json.tokens).toEqual([]);
  });
});

describe('the page of an invitation', () => {
  it('creates an account that joins the workspace', async () => {
    const owner = await register();
    const { email, token } = await invite(owner, { role: 'viewer' });
    const browser = visit(platform.site);
    const url = `/invitation?token=${token}`;
    const page = await browser.go(url);
    expect(page.body).toContain('<strong>My workspace</strong> of Grace &lt;i>Hopper&lt;/i>');
    expect(page.body).toContain('with the role viewer');
    const weak = await post(browser, url, { token, name: 'Ada', password: 'short' });
    expect([weak.statusCode, weak.body.includes('Use at least 8 characters.')]).toEqual([422, true]);
    const accepted = await post(browser, url, { token, name: 'Ada', password });
    expect([accepted.statusCode, accepted.headers.location]).toEqual([303, '/dashboard?done=joined']);
    const dashboard = await browser.go('/dashboard?done=joined');
    expect(dashboard.body).toContain('You are now a member');
    expect(dashboard.body).toContain(email);
    expect((await visit(platform.site).go(url)).statusCode).toBe(404);
  });

  it('lets an account of the tenant sign in and accept, and no other one', async () => {
    const owner = await register();
    const first = await invite(owner);
    const guest = await register({ email: first.email, invitation: first.token });
    const made = await api('POST', '/workspaces', { token: owner.access_token, body: { name: 'Second' } });
    const path = `/workspaces/${made.json.id}/invitations`;
    const invited = await api('POST', path, { token: owner.access_token, body: { email: guest.email } });
    const url = `/invitation?token=${invited.json.token}`;
    const link = /href="(\/auth\/login\?callbackUrl=[^"]+)"/.exec(
      (await visit(platform.site).go(url)).body,
    )?.[1];
    expect(decodeURIComponent(link ?? '')).toContain(url);
    const other = await signIn(owner);
    expect((await other.go(url)).body).toContain(`but the invitation is for ${guest.email}`);
    expect((await post(other, url, { token: invited.json.token })).statusCode).toBe(404);
    const browser = await signIn(guest);
    const accepted = await post(browser, url, { token: invited.json.token });
    expect(accepted.headers.location).toBe('/dashboard?done=joined');
    expect((await browser.go('/dashboard')).body).toContain('Second');
  });
});

describe('the page of members', () => {
  it('invites, changes roles, and removes members', async () => {
    const owner = await register();
    const first = await invite(owner);
    const guest = await register({ email: first.email, invitation: first.token, name: 'Ada' });
    const path = `/workspaces/${owner.workspace_id}/members`;
    const browser = await signIn(owner);
    const email = `late-${randomUUID()}@example.com`;
    const invited = await post(browser, path, { action: 'invite', email, role: 'commenter' });
    expect(invited.headers.location).toBe(`${path}?done=invitation-sent`);
    expect((await browser.go(path)).body).toContain(email);
    const wrong = await post(browser, path, { action: 'invite', email: 'nobody', role: 'editor' });
    expect([wrong.statusCode, wrong.body.includes('Enter an email address')]).toEqual([422, true]);
    const changed = await post(browser, path, { action: 'role', user: guest.user.id, role: 'viewer' });
    expect(changed.headers.location).toBe(`${path}?done=member-changed`);

    const reader = await signIn(guest);
    const seen = await reader.go(path);
    expect([seen.statusCode, seen.body.includes('<form method="post" action="/workspaces')]).toEqual([
      200,
      false,
    ]);
    const refused = await post(reader, path, { action: 'remove', user: owner.user.id });
    expect([refused.statusCode, refused.body.includes('role="alert"')]).toEqual([403, true]);

    await post(browser, path, { action: 'remove', user: guest.user.id });
    expect((await reader.go(path)).statusCode).toBe(404);
    const alone = await post(browser, path, { action: 'remove', user: owner.user.id });
    expect([alone.statusCode, alone.body.includes('at least one owner')]).toEqual([409, true]);
  });
});

describe('the page of users', () => {
  it('is for administrators, who change, deactivate and remove users', async () => {
    const owner = await register();
    const first = await invite(owner);
    const guest = await register({ email: first.email, invitation: first.token, name: 'Ada' });
    const browser = await signIn(owner);
    expect((await browser.go('/dashboard')).body).toContain('href="/admin/users"');
    const page = await browser.go('/admin/users?search=ada');
    expect(page.body).toContain(guest.email);
    expect(page.body).not.toContain(owner.email);
    const act = (fields: Record<string, string>) =>
      post(browser, '/admin/users', { user: guest.user.id, ...fields });

    const visitor = await signIn(guest);
    expect((await visitor.go('/admin/users')).statusCode).toBe(404);
    expect((await act({ action: 'role', role: 'moderator' })).headers.location).toBe(
      '/admin/users?done=user-changed',
    );
    expect((await visitor.go('/admin/users')).statusCode).toBe(200);
    expect((await act({ action: 'role', role: 'emperor' })).statusCode).toBe(400);
    await act({ action: 'deactivate' });
    expect((await visitor.go('/admin/users')).headers.location).toContain('/auth/login');
    const rejected = await visit(platform.site).submit('/auth/login', { email: guest.email, password });
    expect([rejected.statusCode, rejected.body.includes('This account is deactivated.')]).toEqual([
      403,
      true,
    ]);
    await act({ action: 'reactivate' });
    await signIn(guest);
    expect((await act({ action: 'remove' })).headers.location).toBe('/admin/users?done=user-removed');
    expect((await browser.go('/admin/users')).body).not.toContain(guest.email);
    const kept = await act({ action: 'deactivate', user: owner.user.id });
    expect([kept.statusCode, kept.body.includes('Transfer it to another user first')]).toEqual([409, true]);
  });
});
