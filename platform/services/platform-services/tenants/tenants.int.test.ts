import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { TenantUser } from '../../../contracts/platform-services/tenant-users.ts';
import type { TenantRole } from '../../../contracts/rights.ts';
import {
  type RegisteredSession,
  startTemporaryPlatformServices,
  type TemporaryPlatformServices,
} from '../testing/temporary-platform-services.ts';

/** Stands for all other services: what platform-services sends them arrives here. */
let peers: Server;
const received: { method: string; url: string; body: Record<string, unknown> }[] = [];
let service: TemporaryPlatformServices;
let admin: pg.Client;

beforeAll(async () => {
  peers = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => {
      text += chunk;
    });
    request.on('end', () => {
      const { method = '', url = '' } = request;
      received.push({ method, url, body: text === '' ? {} : JSON.parse(text) });
      const isErasure = url === '/internal/erasures';
      response.writeHead(isErasure ? 200 : 204, { 'content-type': 'application/json' });
      response.end(isErasure ? JSON.stringify({ erased: 0 }) : undefined);
    });
  });
  await new Promise<void>((done) => peers.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(peers.address() as AddressInfo).port}`;
  service = await startTemporaryPlatformServices({
    USER_SERVICE_URL: url,
    AIRTABLE_GATEWAY_URL: url,
    LLM_ORCHESTRATOR_URL: url,
    FILE_SERVICE_URL: url,
    SAGA_SERVICE_URL: url,
    AUTOMATION_SERVICES_URL: url,
    ERASURE_QUIET_SECONDS: '0',
  });
  await service.app.listen({ host: '127.0.0.1', port: 0 });
  admin = new pg.Client({ connectionString: service.stores.adminUrl });
  await admin.connect();
});
afterAll(async () => {
  await admin?.end();
  await service?.[Symbol.asyncDispose]();
  peers?.closeAllConnections();
  peers?.close();
});

function as(user: Pick<RegisteredSession, 'access_token'>) {
  const send = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown) =>
    service.call(method, path, { token: user.access_token, ...(body === undefined ? {} : { body }) });
  return {
    send,
    users: (query = '') => send('GET', `/tenant/users${query}`),
    user: (id: string) => send('GET', `/tenant/users/${id}`),
    setRole: (id: string, role: TenantRole) => send('PATCH', `/tenant/users/${id}`, { role }),
    deactivate: (id: string) => send('POST', `/tenant/users/${id}/deactivate`),
    reactivate: (id: string) => send('POST', `/tenant/users/${id}/reactivate`),
    remove: (id: string) => send('DELETE', `/tenant/users/${id}`),
    transfer: (id: string) => send('POST', '/tenant/transfer', { user_id: id }),
  };
}

const login = ({ email, password }: RegisteredSession) =>
  service.call('POST', '/auth/login', { body: { email, password } });

/** A user of the owner's tenant with this role there. */
async function colleague(
  owner: RegisteredSession,
  tenantRole: TenantRole = 'user',
): Promise<RegisteredSession> {
  const email = `colleague-${randomUUID()}@example.com`;
  const invited = await as(owner).send('POST', `/workspaces/${owner.workspace_id}/invitations`, {
    email,
    tenant_role: tenantRole,
  });
  expect(invited.statusCode).toBe(201);
  return { ...(await service.register({ email, invitation: invited.json().token })), email };
}

async function auditOf(owner: RegisteredSession, event: string) {
  return (await as(owner).send('GET', `/audit/events?event=${event}`)).json().events;
}

describe('administration of users', () => {
  it('lists the users of the tenant by name, filtered and paged', async () => {
    const owner = await service.register({ name: 'Zoe Owner' });
    const reader = await colleague(owner, 'readonly');
    await service.register();
    const all = (await as(owner).users()).json();
    expect(all).toMatchObject({ total: 2, page: 1, page_size: 20, total_pages: 1 });
    expect(all.users.map(({ id, is_owner }: TenantUser) => [id, is_owner])).toEqual([
      [reader.user.id, false],
      [owner.user.id, true],
    ]);
    expect(all.users[1].workspaces).toEqual([
      { id: owner.workspace_id, name: 'My workspace', role: 'owner' },
    ]);
    const ids = async (query: string) =>
      (await as(owner).users(query)).json().users.map(({ id }: TenantUser) => id);
    expect(await ids('?role=readonly')).toEqual([reader.user.id]);
    expect(await ids('?active=false')).toEqual([]);
    expect(await ids('?search=zoe%20own')).toEqual([owner.user.id]);
    expect(await ids('?search=%25')).toEqual([]);
    expect(await ids('?page=2&page_size=1')).toEqual([owner.user.id]);
    expect((await as(owner).users('?page=9')).json()).toMatchObject({ total: 2, users: [] });
    expect((await as(owner).user(randomUUID())).statusCode).toBe(404);
  });

  // Statuses of: list users, change a role, deactivate a user, deactivate an administrator, remove, transfer, rename.
  it.each([
    ['owner', [200, 200, 200, 200, 204, 200, 200]],
    ['admin', [200, 200, 200, 200, 204, 403, 200]],
    ['moderator', [200, 403, 200, 403, 403, 403, 403]],
    ['user', [403, 403, 403, 403, 403, 403, 403]],
    ['readonly', [403, 403, 403, 403, 403, 403, 403]],
  ] as const)('lets the role %s do what it allows and no more', async (role, expected) => {
    const owner = await service.register();
    const actor = role === 'owner' ? owner : await colleague(owner, role);
    const [subject, boss] = [await colleague(owner), await colleague(owner, 'admin')];
    const act = as(actor);
    const responses = [
      await act.users(),
      await act.setRole(subject.user.id, 'readonly'),
      await act.deactivate(subject.user.id),
      await act.deactivate(boss.user.id),
      await act.remove(subject.user.id),
      await act.send('PATCH', '/tenant', { name: 'Renamed' }),
      await act.transfer((await colleague(owner)).user.id),
    ].map(({ statusCode }) => statusCode);
    const [list, change, deactivate, deactivateBoss, remove, transfer, rename] = expected;
    expect(responses).toEqual([list, change, deactivate, deactivateBoss, remove, rename, transfer]);
  });

  it('is changed while its owner creates API keys', async () => {
    const { send } = as(await service.register());
    const responses = await Promise.all(
      Array.from({ length: 24 }, (_, index) =>
        index % 2 === 0
          ? send('PATCH', '/tenant', { name: `Name ${index}` })
          : send('POST', '/auth/tokens', { name: `Key ${index}`, scopes: ['files:read'] }),
      ),
    );
    expect(responses.map(({ statusCode }) => statusCode).filter((status) => status >= 300)).toEqual([]);
  });

  it('lets nobody raise anybody above himself', async () => {
    const owner = await service.register();
    const moderator = await colleague(owner, 'moderator');
    const path = `/workspaces/${owner.workspace_id}/invitations`;
    const invite = async (body: object) =>
      (await as(moderator).send('POST', path, { email: `${randomUUID()}@example.com`, ...body })).statusCode;
    expect(await invite({ role: 'editor' })).toBe(201);
    expect(await invite({ role: 'admin' })).toBe(403);
    expect(await invite({ tenant_role: 'admin' })).toBe(403);
    expect((await as(moderator).setRole(moderator.user.id, 'admin')).statusCode).toBe(403);
    const administrator = await colleague(owner, 'admin');
    for (const attempt of [
      as(administrator).setRole(owner.user.id, 'readonly'),
      as(administrator).deactivate(owner.user.id),
      as(administrator).remove(owner.user.id),
    ])
      expect((await attempt).statusCode).toBe(403);
  });

  it('keeps the owner until the tenant is transferred, and names the way out', async () => {
    const owner = await service.register();
    const next = await colleague(owner);
    for (const response of [
      await as(owner).setRole(owner.user.id, 'user'),
      await as(owner).deactivate(owner.user.id),
      await as(owner).remove(owner.user.id),
    ]) {
      expect(response.statusCode).toBe(409);
      expect(response.json().message).toContain('Transfer it to another user first');
    }
    const transferred = await as(owner).transfer(next.user.id);
    expect(transferred.json()).toMatchObject({ owner_id: next.user.id });
    expect((await as(next).remove(owner.user.id)).statusCode).toBe(204);
  });

  it('changes a role, audits it with actor and subject, and brings it to the profile', async () => {
    const owner = await service.register();
    const { user } = await colleague(owner);
    expect((await as(owner).setRole(user.id, 'moderator')).json()).toMatchObject({ role: 'moderator' });
    const [event] = await auditOf(owner, 'user_role_changed');
    expect(event).toMatchObject({
      actor_id: owner.user.id,
      subject: user.id,
      details: { from: 'user', to: 'moderator' },
    });
    const copy = { tenant_id: user.tenant_id, email: user.email, role: 'moderator', is_active: true };
    await vi.waitFor(() =>
      expect(received).toContainEqual({ method: 'PUT', url: `/internal/users/${user.id}`, body: copy }),
    );
    await vi.waitFor(async () => {
      const left = await admin.query('select 1 from identity.changed_users where user_id = $1', [user.id]);
      expect(left.rowCount).toBe(0);
    });
  });
});

describe('a deactivated user', () => {
  it('has no session and cannot sign in, until reactivated', async () => {
    const owner = await service.register();
    const subject = await colleague(owner);
    const made = await as(subject).send('POST', '/auth/tokens', {
      name: 'Key',
      scopes: ['user.email:read'],
    });
    const exchange = () =>
      service.call('POST', '/internal/tokens/exchange', {
        body: { token: made.json().token },
        headers: { 'x-internal-key': 'k'.repeat(32) },
      });
    const before = (await exchange()).json().access_token;
    expect((await as(owner).deactivate(subject.user.id)).json()).toMatchObject({ is_active: false });
    expect((await as(subject).send('GET', '/auth/me')).statusCode).toBe(401);
    const refreshed = await service.call('POST', '/auth/refresh', {
      body: { refresh_token: subject.refresh_token },
    });
    expect(refreshed.statusCode).toBe(401);
    expect((await exchange()).statusCode).toBe(401);
    expect((await as({ access_token: before }).send('GET', '/auth/me')).statusCode).toBe(401);
    const rejected = await login(subject);
    expect([rejected.statusCode, rejected.json().error]).toEqual([403, 'account_deactivated']);
    // Only who knows the password learns of the deactivation.
    expect((await login({ ...subject, password: 'something else' })).json().error).toBe(
      'invalid_credentials',
    );

    expect((await as(owner).reactivate(subject.user.id)).json()).toMatchObject({ is_active: true });
    expect((await login(subject)).statusCode).toBe(200);
    const after = (await exchange()).json().access_token;
    expect((await as({ access_token: after }).send('GET', '/auth/me')).statusCode).toBe(200);
    const events = ['user_deactivated', 'user_reactivated'];
    for (const event of events)
      expect((await auditOf(owner, event))[0]).toMatchObject({
        actor_id: owner.user.id,
        subject: subject.user.id,
      });
  });

  it('cannot come back with an invitation of their own', async () => {
    const owner = await service.register();
    const boss = await colleague(owner, 'admin');
    const email = `backdoor-${randomUUID()}@example.com`;
    const path = `/workspaces/${owner.workspace_id}/invitations`;
    const { token } = (await as(boss).send('POST', path, { email, tenant_role: 'admin' })).json();
    expect((await as(owner).deactivate(boss.user.id)).statusCode).toBe(200);
    const back = await service.call('POST', '/auth/register', {
      body: { email, password: 'analytical engine', invitation: token },
    });
    expect(back.statusCode).toBe(404);
  });

  it('is not the caller', async () => {
    const owner = await service.register();
    const boss = await colleague(owner, 'admin');
    expect((await as(boss).deactivate(boss.user.id)).statusCode).toBe(409);
    expect((await as(boss).remove(boss.user.id)).statusCode).toBe(409);
  });
});

describe('a removed user', () => {
  it('keeps the account in an empty tenant of its own', async () => {
    const owner = await service.register();
    const subject = await colleague(owner, 'moderator');
    const { id } = (await as(subject).send('POST', '/workspaces', { name: 'Notes' })).json();
    expect((await as(owner).remove(subject.user.id)).statusCode).toBe(204);
    expect((await as(subject).send('GET', '/auth/me')).statusCode).toBe(401);
    expect((await as(owner).user(subject.user.id)).statusCode).toBe(404);
    expect((await as(owner).send('GET', `/workspaces/${id}`)).json()).toMatchObject({ role: 'owner' });

    const again = (await login(subject)).json();
    expect(again.user).toMatchObject({ id: subject.user.id, email: subject.email, role: 'user' });
    expect(again.user.tenant_id).not.toBe(owner.user.tenant_id);
    const { workspaces } = (await as(again).send('GET', '/workspaces')).json();
    expect(workspaces).toMatchObject([{ is_default: true, role: 'owner', tenant_id: again.user.tenant_id }]);
    expect((await as(again).send('GET', `/workspaces/${owner.workspace_id}`)).statusCode).toBe(404);
    expect((await as(again).send('GET', '/tenant')).json().owner_id).toBe(subject.user.id);
  });

  it('is erased in the other services, and stays in the audit log until the account is deleted', async () => {
    const owner = await service.register();
    const subject = await colleague(owner);
    const { tenant_id, id } = subject.user;
    await as(owner).remove(id);
    const order = { tenant_id, user_id: id, email: subject.email, whole_tenant: false };
    await vi.waitFor(() =>
      expect(received.filter(({ body }) => JSON.stringify(body) === JSON.stringify(order)).length).toBe(6),
    );
    expect(await auditOf(owner, 'user_removed')).toMatchObject([{ actor_id: owner.user.id, subject: id }]);

    const again = (await login(subject)).json();
    const deleted = await as(again).send('POST', '/auth/delete-account', {
      current_password: subject.password,
    });
    expect(deleted.statusCode).toBe(202);
    await vi.waitFor(
      async () => expect((await auditOf(owner, 'user_removed'))[0]).toMatchObject({ subject: null }),
      { timeout: 20_000 },
    );
    const named = await admin.query(
      `select table_name as name from information_schema.tables where table_schema = 'identity'`,
    );
    await vi.waitFor(
      async () => {
        for (const { name } of named.rows) {
          const found = await admin.query(`select 1 from identity.${name} t where t::text ilike $1`, [
            `%${id}%`,
          ]);
          expect([name, found.rowCount]).toEqual([name, 0]);
        }
      },
      { timeout: 20_000 },
    );
  });
});

describe('a workspace', () => {
  it('goes to another member, and the former owner stays as an admin', async () => {
    const owner = await service.register();
    const next = await colleague(owner);
    const transfer = (id: string) =>
      as(owner).send('POST', `/workspaces/${owner.workspace_id}/transfer`, { user_id: id });
    expect((await transfer(randomUUID())).statusCode).toBe(404);
    const reader = await colleague(owner, 'readonly');
    expect((await transfer(reader.user.id)).statusCode).toBe(409);
    expect((await transfer(next.user.id)).json()).toMatchObject({ role: 'owner', user_id: next.user.id });
    expect((await as(owner).send('GET', `/workspaces/${owner.workspace_id}`)).json().role).toBe('admin');
    expect((await transfer(next.user.id)).statusCode).toBe(403);
  });
});
