import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FoundMember } from '../../../contracts/platform-services/authentication.ts';
import {
  internalKey,
  startTemporaryPlatformServices,
  type TemporaryPlatformServices,
} from '../testing/temporary-platform-services.ts';

let service: TemporaryPlatformServices;
beforeAll(async () => {
  service = await startTemporaryPlatformServices();
});
afterAll(async () => {
  await service?.[Symbol.asyncDispose]();
});

const internal = (method: 'POST' | 'DELETE', path: string, body?: unknown) =>
  service.call(method, path, { headers: { 'x-internal-key': internalKey }, ...(body ? { body } : {}) });

it('deletes an account with its sessions, also repeatedly, and frees its address', async () => {
  const user = await service.register();
  const path = `/internal/users/${user.user.id}?tenant_id=${user.user.tenant_id}`;
  for (let time = 0; time < 2; time += 1) expect((await internal('DELETE', path)).statusCode).toBe(204);
  expect((await service.call('GET', '/auth/me', { token: user.access_token })).statusCode).toBe(401);
  const login = await service.call('POST', '/auth/login', {
    body: { email: user.email, password: user.password },
  });
  expect(login.statusCode).toBe(401);
  expect((await service.register({ email: user.email })).user.email).toBe(user.email);
});

it('does not delete a user of another tenant', async () => {
  const user = await service.register();
  await internal('DELETE', `/internal/users/${user.user.id}?tenant_id=${randomUUID()}`);
  expect((await service.call('GET', '/auth/me', { token: user.access_token })).statusCode).toBe(200);
});

it('creates and deletes workspaces for users of the tenant only', async () => {
  const [user, stranger] = [await service.register(), await service.register()];
  const body = { tenant_id: user.user.tenant_id, owner_id: user.user.id, name: 'Made by a saga' };
  const made = await internal('POST', '/internal/workspaces', body);
  expect([made.statusCode, made.json().role]).toEqual([201, 'owner']);
  const foreign = await internal('POST', '/internal/workspaces', { ...body, owner_id: stranger.user.id });
  expect(foreign.statusCode).toBe(404);
  const remove = (id: string, tenant: string) =>
    internal('DELETE', `/internal/workspaces/${id}?tenant_id=${tenant}`);
  await remove(made.json().id, stranger.user.tenant_id);
  const read = () => service.call('GET', `/workspaces/${made.json().id}`, { token: user.access_token });
  expect((await read()).statusCode).toBe(200);
  for (let time = 0; time < 2; time += 1)
    expect((await remove(made.json().id, user.user.tenant_id)).statusCode).toBe(204);
  expect((await read()).statusCode).toBe(404);
  expect((await remove(user.workspace_id, user.user.tenant_id)).statusCode).toBe(409);
});

it('finds the members of one workspace only, by id, email and name', async () => {
  const [owner, stranger] = [
    await service.register({ name: 'Ada Lovelace' }),
    await service.register({ name: 'Ada Lovelace' }),
  ];
  const email = `bob-${randomUUID()}@example.com`;
  const invited = await service.call('POST', `/workspaces/${owner.workspace_id}/invitations`, {
    token: owner.access_token,
    body: { email, role: 'commenter' },
  });
  const bob = await service.register({ email, name: 'Bob', invitation: invited.json().token });
  const second = await service.call('POST', '/workspaces', {
    token: owner.access_token,
    body: { name: 'Without Bob' },
  });
  const search = async (criteria: object, workspace_id = owner.workspace_id) => {
    const body = { tenant_id: owner.user.tenant_id, workspace_id, ...criteria };
    const found = (await internal('POST', '/internal/members/search', body)).json().members;
    return found.map(({ id, membership }: FoundMember) => [id, membership.role]);
  };
  const ada = [owner.user.id, 'owner'];
  const prefixes = [owner.user.id.slice(0, 23), stranger.user.id.slice(0, 23)];
  expect(await search({})).toEqual([ada, [bob.user.id, 'commenter']]);
  expect(await search({}, second.json().id)).toEqual([ada]);
  expect(await search({}, stranger.workspace_id)).toEqual([]);
  expect(await search({ id_prefixes: prefixes })).toEqual([ada]);
  expect(await search({ emails: [owner.email.toUpperCase(), stranger.email] })).toEqual([ada]);
  expect(await search({ names: ['Ada Lovelace'] })).toEqual([ada]);
  expect(await search({ names: ['ada'], emails: [], id_prefixes: [] })).toEqual([]);
  expect((await service.call('POST', '/internal/members/search', { body: {} })).statusCode).toBe(403);
});
