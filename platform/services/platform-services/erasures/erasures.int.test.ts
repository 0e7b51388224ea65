import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { ErasureOrder } from '../../../contracts/erasure.ts';
import { userStream, workspaceStream } from '../../../kit/events/live-event-streams.ts';
import { createLog } from '../../../kit/observe/log.ts';
import { openRedis, type RedisStore } from '../../../kit/redis/redis.ts';
import {
  internalKey,
  type RegisteredSession,
  startTemporaryPlatformServices,
  type TemporaryPlatformServices,
} from '../testing/temporary-platform-services.ts';

/** Stands for all other services: their orders arrive here. */
let peers: Server;
const orders: ErasureOrder[] = [];
/** Tenants whose orders fail with 503. */
const failing = new Set<string>();
/** Rows that a tenant still has in every other service. */
const rowsOf = new Map<string, number>();
let service: TemporaryPlatformServices;
let admin: pg.Client;
let redis: RedisStore;

beforeAll(async () => {
  peers = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => {
      text += chunk;
    });
    request.on('end', () => {
      const order = JSON.parse(text) as ErasureOrder;
      const isOrder =
        request.url === '/internal/erasures' && request.headers['x-internal-key'] === internalKey;
      orders.push(order);
      const status = isOrder && !failing.has(order.tenant_id) ? 200 : 503;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ erased: rowsOf.get(order.tenant_id) ?? 0 }));
      rowsOf.delete(order.tenant_id);
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
  redis = openRedis({ url: service.redisUrl, log: createLog({ service: 'test', level: 'silent' }) });
});
afterAll(async () => {
  await admin?.end();
  await redis?.close();
  await service?.[Symbol.asyncDispose]();
  peers?.closeAllConnections();
  peers?.close();
});

const deleteAccount = ({ access_token, password }: RegisteredSession, given = password) =>
  service.call('POST', '/auth/delete-account', { token: access_token, body: { current_password: given } });

const stateOf = async (id: string) => (await service.call('GET', `/auth/erasures/${id}`)).json();

async function untilDone(id: string): Promise<void> {
  await vi.waitFor(async () => expect((await stateOf(id)).status).toBe('done'), { timeout: 20_000 });
}

/** Invites an address into the tenant and registers it there. */
async function member(owner: RegisteredSession, email: string): Promise<RegisteredSession> {
  const invitation = await service.call('POST', `/workspaces/${owner.workspace_id}/invitations`, {
    token: owner.access_token,
    body: { email, role: 'editor' },
  });
  expect(invitation.statusCode).toBe(201);
  return service.register({ email, invitation: invitation.json().token });
}

/** Rows of the schema that contain a text in any column. */
async function rowsWith(text: string): Promise<string[]> {
  const { rows: tables } = await admin.query(
    `select table_name as name from information_schema.tables where table_schema = 'identity'`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const { rowCount } = await admin.query(`select 1 from identity.${name} t where t::text ilike $1`, [
      `%${text}%`,
    ]);
    if ((rowCount ?? 0) > 0) found.push(name);
  }
  return found;
}

it('rejects a wrong password and a request without a token', async () => {
  const user = await service.register();
  expect((await deleteAccount(user, 'not the password')).json().error).toBe('invalid_credentials');
  expect((await service.call('POST', '/auth/delete-account', { body: {} })).statusCode).toBe(401);
  expect((await service.call('GET', '/auth/me', { token: user.access_token })).statusCode).toBe(200);
});

it('ends sessions, rejects sign-in and frees the address at once', async () => {
  const user = await service.register();
  failing.add(user.user.tenant_id);
  const deleted = await deleteAccount(user);
  expect([deleted.statusCode, deleted.json().status]).toEqual([202, 'pending']);
  const { access_token: token, refresh_token, email, password } = user;
  expect((await service.call('GET', '/auth/me', { token })).statusCode).toBe(401);
  expect((await service.call('POST', '/auth/refresh', { body: { refresh_token } })).statusCode).toBe(401);
  expect((await service.call('POST', '/auth/login', { body: { email, password } })).statusCode).toBe(401);
  const again = await service.register({ email });
  expect(again.user.id).not.toBe(user.user.id);
});

it('leaves no row that names the person or the tenant', async () => {
  const user = await service.register();
  await service.call('POST', '/auth/login', { body: { email: user.email, password: 'a wrong one' } });
  const recorded = await service.call('POST', '/analytics/events', {
    token: user.access_token,
    body: { events: [{ event: 'page.view', properties: { by: user.email } }] },
  });
  expect(recorded.statusCode).toBe(202);
  expect((await rowsWith(user.user.id)).length).toBeGreaterThan(4);
  await untilDone((await deleteAccount(user)).json().id);
  for (const text of [user.user.id, user.user.tenant_id, user.email])
    expect(await rowsWith(text)).toEqual([]);
});

it('removes the streams of its events for people, also what is published while it is erased', async () => {
  const owner = await service.register();
  const colleague = await member(owner, `streams-${owner.user.id}@example.com`);
  const stranger = await service.register();
  const own = [userStream(colleague.user.id)];
  const shared = [userStream(owner.user.id), workspaceStream(owner.workspace_id)];
  const foreign = [userStream(stranger.user.id), workspaceStream(stranger.workspace_id)];
  const publish = async (streams: string[]) => {
    for (const stream of streams) await redis.client.xadd(stream, '*', 'event', '{}');
  };
  await publish([...own, ...shared, ...foreign]);
  failing.add(owner.user.tenant_id);
  const left = (await deleteAccount(colleague)).json();
  await vi.waitFor(async () => expect(await redis.client.exists(...own)).toBe(0), { timeout: 20_000 });
  expect(await redis.client.exists(...shared, ...foreign)).toBe(4);
  failing.delete(owner.user.tenant_id);
  await untilDone(left.id);
  const { id } = (await deleteAccount(owner)).json();
  await publish(shared);
  await untilDone(id);
  expect(await redis.client.exists(...own, ...shared)).toBe(0);
  expect(await redis.client.exists(...foreign)).toBe(2);
});

it('repeats the order until a service responds and finds nothing', async () => {
  const user = await service.register();
  const { tenant_id } = user.user;
  failing.add(tenant_id);
  rowsOf.set(tenant_id, 3);
  const { id } = (await deleteAccount(user)).json();
  await vi.waitFor(() => expect(orders.some((order) => order.tenant_id === tenant_id)).toBe(true));
  expect((await stateOf(id)).status).toBe('pending');
  failing.delete(tenant_id);
  await untilDone(id);
  expect(await stateOf(id)).toMatchObject({ services_left: [], finished_at: expect.any(String) });
}, 30_000);

it('completes an erasure that an ended process began', async () => {
  const { access_token, password, user } = await service.register();
  failing.add(user.tenant_id);
  const ended = service.another();
  const deleted = await ended.inject({
    method: 'POST',
    url: '/auth/delete-account',
    headers: { authorization: `Bearer ${access_token}` },
    payload: { current_password: password },
  });
  await ended.close();
  failing.delete(user.tenant_id);
  await untilDone(deleted.json().id);
}, 30_000);

it('keeps the tenant of an owner with other users', async () => {
  const owner = await service.register();
  await member(owner, 'colleague@example.com');
  const rejected = await deleteAccount(owner);
  expect([rejected.statusCode, rejected.json().error]).toEqual([409, 'conflict']);
  expect((await service.call('GET', '/auth/me', { token: owner.access_token })).statusCode).toBe(200);
});

it('removes a member from a tenant that stays, and hands over their workspaces', async () => {
  const owner = await service.register();
  const leaving = await member(owner, 'leaving@example.com');
  const made = await service.call('POST', '/workspaces', {
    token: leaving.access_token,
    body: { name: 'Shared' },
  });
  expect(made.statusCode).toBe(201);
  await untilDone((await deleteAccount(leaving)).json().id);
  for (const text of [leaving.user.id, leaving.email]) expect(await rowsWith(text)).toEqual([]);
  const kept = await service.call('GET', `/workspaces/${made.json().id}`, { token: owner.access_token });
  expect([kept.statusCode, kept.json().role]).toEqual([200, 'owner']);
  const audit = await service.call('GET', '/audit/events', { token: owner.access_token });
  expect(audit.statusCode).toBe(200);
  // The owner is the only user now.
  expect((await deleteAccount(owner)).statusCode).toBe(202);
});

it('erases the account that another service deletes', async () => {
  const user = await service.register();
  const path = `/internal/users/${user.user.id}?tenant_id=${user.user.tenant_id}`;
  const headers = { 'x-internal-key': internalKey };
  expect((await service.call('DELETE', path, { headers })).statusCode).toBe(204);
  await vi.waitFor(async () => expect(await rowsWith(user.user.id)).toEqual([]), { timeout: 20_000 });
  expect(orders.some((order) => order.user_id === user.user.id && order.whole_tenant)).toBe(true);
});

it('erases no audit event of a tenant that exists', async () => {
  const user = await service.register();
  await admin.query('begin');
  await admin.query('set local role platform_services');
  await admin.query("select set_config('app.tenant_id', $1, true)", [user.user.tenant_id]);
  const erased = await admin.query('select identity.erase_audit_events() as erased');
  const forgotten = await admin.query('select identity.forget_in_audit($1, $2) as erased', [
    user.user.id,
    user.email,
  ]);
  await admin.query('rollback');
  expect([Number(erased.rows[0].erased), Number(forgotten.rows[0].erased)]).toEqual([0, 0]);
});
