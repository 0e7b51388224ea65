import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLog } from '../../../kit/observe/log.ts';
import { type Database, openDatabase } from '../../../kit/postgres/database.ts';
import { openRedis, type RedisStore } from '../../../kit/redis/redis.ts';
import type { Authorities } from '../../../kit/rights/authorities.ts';
import { authorityChannel } from '../../../kit/rights/authority-changes.ts';
import { openAuthorities } from '../../../kit/rights/open-authorities.ts';
import { watchRights } from '../../../kit/rights/watch-rights.ts';
import { ManualClock } from '../../../kit/testing/manual-clock.ts';
import {
  internalKey,
  type RegisteredSession,
  startTemporaryPlatformServices,
  type TemporaryPlatformServices,
} from '../testing/temporary-platform-services.ts';

const log = createLog({ service: 'test', level: 'silent' });
let service: TemporaryPlatformServices;
let url: string;
let redis: RedisStore;
let database: Database;
beforeAll(async () => {
  service = await startTemporaryPlatformServices();
  url = await service.app.listen({ host: '127.0.0.1', port: 0 });
  redis = openRedis({ url: service.redisUrl, log });
  database = openDatabase({ url: service.stores.urlOf('platform_services'), log });
});
afterAll(async () => {
  await redis?.close();
  await database?.close();
  await service?.[Symbol.asyncDispose]();
});

/** The rights as another service sees them. With `deaf`, announcements do not arrive. */
async function elsewhere({ deaf = false, baseUrl = url } = {}): Promise<{
  authorities: Authorities;
  clock: ManualClock;
}> {
  const clock = new ManualClock('2026-08-07T00:00:00Z');
  const config = { PLATFORM_SERVICES_URL: baseUrl, INTERNAL_API_KEY: internalKey };
  const silent = { on: () => silent, subscribe: async () => 0 } as never;
  const store = deaf ? { duplicate: () => silent } : redis;
  const listening = async () => Number((await redis.client.pubsub('NUMSUB', authorityChannel))[1]);
  const before = await listening();
  const authorities = openAuthorities({ config, redis: store, log, clock });
  if (!deaf) await expect.poll(listening).toBe(before + 1);
  return { authorities, clock };
}

const callerOf = ({ user }: RegisteredSession) => ({ user_id: user.id, tenant_id: user.tenant_id });

async function setTenantRole(user: RegisteredSession, role: string): Promise<void> {
  const { user_id: userId, tenant_id: tenantId } = callerOf(user);
  await database.tenantQuery({ tenantId, userId }, 'update identity.users set role = $2 where id = $1', [
    userId,
    role,
  ]);
}

async function colleagues(role = 'editor') {
  const owner = await service.register();
  const email = `colleague-${randomUUID()}@example.com`;
  const invited = await service.call('POST', `/workspaces/${owner.workspace_id}/invitations`, {
    token: owner.access_token,
    body: { email, role },
  });
  const colleague = await service.register({ email, invitation: invited.json().token });
  const path = `/workspaces/${owner.workspace_id}/members/${colleague.user.id}`;
  return {
    owner,
    colleague,
    workspaceId: owner.workspace_id,
    remove: () => service.call('DELETE', path, { token: owner.access_token }),
    setRole: (to: string) => service.call('PATCH', path, { token: owner.access_token, body: { role: to } }),
  };
}

const roleOf = async (authorities: Authorities, user: RegisteredSession) =>
  (await authorities.of(callerOf(user)))?.workspaces[0]?.role;

it('every service learns a user’s roles in the tenant and in all workspaces', async () => {
  const { owner, colleague, workspaceId } = await colleagues('commenter');
  const { authorities } = await elsewhere();
  expect(await authorities.of(callerOf(colleague))).toEqual({
    ...callerOf(colleague),
    role: 'user',
    is_active: true,
    owns_tenant: false,
    default_workspace_id: workspaceId,
    tenant_workspace_id: workspaceId,
    workspaces: [{ id: workspaceId, role: 'commenter' }],
  });
  expect(await authorities.of(callerOf(owner))).toMatchObject({ owns_tenant: true });
  const stranger = { ...callerOf(await service.register()), tenant_id: randomUUID() };
  expect(await authorities.of(stranger)).toBeUndefined();
});

it('a change of role and a removal reach other services at once', async () => {
  const { colleague, remove, setRole } = await colleagues();
  const { authorities } = await elsewhere();
  expect(await roleOf(authorities, colleague)).toBe('editor');
  expect((await setRole('viewer')).statusCode).toBe(200);
  await expect.poll(() => roleOf(authorities, colleague)).toBe('viewer');
  expect((await remove()).statusCode).toBe(204);
  await expect.poll(() => roleOf(authorities, colleague)).toBeUndefined();
});

it('a change reaches a service that misses the announcement after 5 s', async () => {
  const { colleague, remove } = await colleagues();
  const { authorities, clock } = await elsewhere({ deaf: true });
  await roleOf(authorities, colleague);
  await remove();
  clock.advance(4_999);
  expect(await roleOf(authorities, colleague)).toBe('editor');
  clock.advance(1);
  expect(await roleOf(authorities, colleague)).toBeUndefined();
});

it('the deletion of a workspace and of an account ends rights at once', async () => {
  const owner = await service.register();
  const { authorities } = await elsewhere();
  await authorities.of(callerOf(owner));
  const made = await service.call('POST', '/workspaces', {
    token: owner.access_token,
    body: { name: 'Second' },
  });
  const count = async () => (await authorities.of(callerOf(owner)))?.workspaces.length;
  await expect.poll(count).toBe(2);
  await service.call('DELETE', `/workspaces/${made.json().id}`, { token: owner.access_token });
  await expect.poll(count).toBe(1);
  await service.call('POST', '/auth/delete-account', {
    token: owner.access_token,
    body: { current_password: owner.password },
  });
  await expect.poll(() => authorities.of(callerOf(owner))).toBeUndefined();
});

it('without platform-services the last known rights hold for 60 s', async () => {
  const owner = await service.register();
  const other = service.another();
  const baseUrl = await other.listen({ host: '127.0.0.1', port: 0 });
  const { authorities, clock } = await elsewhere({ baseUrl });
  expect(await roleOf(authorities, owner)).toBe('owner');
  await other.close();
  clock.advance(59_000);
  expect(await roleOf(authorities, owner)).toBe('owner');
  clock.advance(1_000);
  await expect(roleOf(authorities, owner)).rejects.toMatchObject({ code: 'not_ready' });
});

it('a long answer ends when the right behind it is lost, by announcement and without one', async () => {
  for (const deaf of [false, true]) {
    const { colleague, setRole, remove, workspaceId } = await colleagues();
    const { authorities, clock } = await elsewhere({ deaf });
    const { signal, close } = watchRights({
      authorities,
      clock,
      caller: callerOf(colleague),
      holds: ({ workspaces }) => workspaces.some(({ id }) => id === workspaceId),
    });
    await setRole('viewer');
    clock.advance(4_000);
    expect(signal.aborted).toBe(false);
    await remove();
    clock.advance(4_000);
    await expect.poll(() => signal.aborted).toBe(true);
    expect(signal.reason).toMatchObject({ code: 'forbidden' });
    close();
  }
});

it('the rights of a readonly user are those of a viewer everywhere', async () => {
  const { colleague, setRole } = await colleagues('admin');
  const { authorities } = await elsewhere();
  await setTenantRole(colleague, 'readonly');
  expect(await authorities.of(callerOf(colleague))).toMatchObject({
    role: 'readonly',
    workspaces: [{ role: 'viewer' }],
  });
  expect((await setRole('owner')).statusCode).toBe(200);
  await expect.poll(() => roleOf(authorities, colleague)).toBe('viewer');
  const body = { name: 'Mine' };
  const made = await service.call('POST', '/workspaces', { token: colleague.access_token, body });
  expect([made.statusCode, made.json().message]).toEqual([403, 'Your role in the tenant is readonly.']);
});

it('administrators of the tenant manage members of every workspace and do not read it', async () => {
  const { owner, colleague } = await colleagues('viewer');
  const { id } = (
    await service.call('POST', '/workspaces', { token: owner.access_token, body: { name: 'Private' } })
  ).json();
  const { user_id } = callerOf(colleague);
  const call = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown) =>
    service.call(method, `/workspaces/${id}${path}`, {
      token: colleague.access_token,
      ...(body === undefined ? {} : { body }),
    });
  expect((await call('GET', '/members')).statusCode).toBe(404);
  await setTenantRole(colleague, 'admin');
  expect((await call('GET', '/members')).json().members).toHaveLength(1);
  expect((await call('GET', '')).statusCode).toBe(404);
  expect((await call('DELETE', '')).statusCode).toBe(404);
  expect((await call('POST', '/members', { user_id, role: 'owner' })).statusCode).toBe(201);
  expect((await call('GET', '')).json().role).toBe('owner');
});
