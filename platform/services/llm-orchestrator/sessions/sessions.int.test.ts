import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccessClaims } from '../../../contracts/identity.ts';
import { testClaims } from '../../../kit/testing/test-claims.ts';
import {
  internalKey,
  startTemporaryOrchestrator,
  type TemporaryOrchestrator,
} from '../testing/temporary-orchestrator.ts';

let service: TemporaryOrchestrator;
beforeAll(async () => {
  service = await startTemporaryOrchestrator();
  await service.gemini.replay('text-again');
});
afterAll(async () => {
  await service?.stop();
});

const chat = (who: AccessClaims, body: object) =>
  service.call(who, 'POST', '/chat', { message: 'Hi', ...body });
const get = (who: AccessClaims, url: string) => service.call(who, 'GET', url);

it('lists conversations in pages, latest first', async () => {
  const claims = testClaims();
  const ids: string[] = [];
  for (const message of ['First', 'Second', 'Third '.repeat(40)])
    ids.push((await chat(claims, { message })).json().session_id);
  await chat(claims, { session_id: ids[0] });
  const all = (await get(claims, '/sessions')).json();
  expect(all).toMatchObject({ total: 3, page: 1, page_size: 20 });
  expect(all.sessions.map(({ id }: { id: string }) => id)).toEqual([ids[0], ids[2], ids[1]]);
  expect(all.sessions[0].title).toBe('First');
  expect(all.sessions[1].title).toHaveLength(80);
  const second = (await get(claims, '/sessions?page=2&page_size=2')).json();
  expect(second.sessions.map(({ id }: { id: string }) => id)).toEqual([ids[1]]);
  expect((await get(claims, '/sessions?page=9')).json()).toMatchObject({ sessions: [], total: 3 });
});

it('starts a conversation with an id from the client', async () => {
  const claims = testClaims();
  expect((await chat(claims, { session_id: 'my_chat-1' })).json().session_id).toBe('my_chat-1');
  expect((await get(claims, '/sessions/my_chat-1/history')).json().messages).toHaveLength(2);
});

it('deletes a conversation with all its messages', async () => {
  const claims = testClaims();
  const { session_id } = (await chat(claims, {})).json();
  const url = `/sessions/${session_id}`;
  expect((await service.call(claims, 'DELETE', url)).statusCode).toBe(204);
  expect((await service.call(claims, 'DELETE', url)).statusCode).toBe(404);
  expect((await get(claims, `${url}/history`)).statusCode).toBe(404);
  const { rows } = await service.database.tenantQuery(
    { tenantId: claims.tenant_id, userId: claims.user_id },
    'select 1 from conversations.conversation_messages',
  );
  expect(rows).toEqual([]);
});

it('shows a conversation to its user only', async () => {
  const ada = testClaims();
  const { session_id } = (await chat(ada, { message: 'A secret' })).json();
  const colleague = testClaims({ tenant_id: ada.tenant_id, role: 'admin' });
  for (const other of [colleague, testClaims({ role: 'admin' })]) {
    for (const part of ['history', 'cost-summary'])
      expect((await get(other, `/sessions/${session_id}/${part}`)).statusCode).toBe(404);
    expect((await get(other, `/budgets/session/${session_id}`)).statusCode).toBe(404);
    const change = { limit: 1 };
    expect((await service.call(other, 'POST', `/budgets/session/${session_id}`, change)).statusCode).toBe(
      404,
    );
    expect((await service.call(other, 'DELETE', `/budgets/session/${session_id}`)).statusCode).toBe(404);
    expect((await service.call(other, 'DELETE', `/sessions/${session_id}`)).statusCode).toBe(404);
    expect((await get(other, '/sessions')).json().total).toBe(0);
  }
  expect((await chat(colleague, { session_id })).statusCode).toBe(404);
  expect((await get(ada, `/sessions/${session_id}/history`)).json().messages).toHaveLength(2);
});

it('keeps conversations of two tenants with the same id apart', async () => {
  const [ada, eve] = [testClaims(), testClaims()];
  await chat(ada, { session_id: 'shared', message: 'Of Ada' });
  await chat(eve, { session_id: 'shared', message: 'Of Eve' });
  expect(JSON.stringify(service.gemini.seen.at(-1)?.body)).not.toContain('Of Ada');
  const { messages } = (await get(eve, '/sessions/shared/history')).json();
  expect(messages.map(({ content }: { content: string }) => content)).toEqual(['Of Eve', 'Nothing new.']);
});

it('hides rows from the service’s role without the tenant and user', async () => {
  const ada = testClaims();
  await chat(ada, {});
  const tables = ['conversation_sessions', 'conversation_messages'];
  for (const table of tables) {
    const statement = `select 1 from conversations.${table}`;
    expect((await service.database.query(statement)).rows).toEqual([]);
    const colleague = { tenantId: ada.tenant_id, userId: testClaims().user_id };
    expect((await service.database.tenantQuery(colleague, statement)).rows).toEqual([]);
    const stranger = { tenantId: testClaims().tenant_id, userId: ada.user_id };
    expect((await service.database.tenantQuery(stranger, statement)).rows).toEqual([]);
  }
  for (const table of ['api_usage_logs', 'session_budgets', 'user_budgets'])
    expect((await service.database.query(`select 1 from conversations.${table}`)).rows).toEqual([]);
});

it('works without Redis', async () => {
  const claims = testClaims();
  const url = '/sessions';
  const before = (await chat(claims, {})).json();
  await service.redis.close();
  expect((await chat(claims, { session_id: before.session_id })).statusCode).toBe(200);
  expect((await get(claims, url)).json().total).toBe(1);
});

describe('the erasure of a deleted account', () => {
  const erase = async ({ tenant_id, user_id, email }: AccessClaims, whole_tenant: boolean) => {
    const headers = { 'x-internal-key': internalKey };
    const payload = { tenant_id, user_id, email, whole_tenant };
    const app = service.appWith({});
    return (await app.inject({ method: 'POST', url: '/internal/erasures', headers, payload })).json();
  };

  it('takes the conversations of all users of the tenant, and of no other tenant', async () => {
    const [owner, other] = [testClaims(), testClaims()];
    const member = testClaims({ tenant_id: owner.tenant_id });
    for (const who of [owner, member, other]) await chat(who, {});
    expect((await erase(owner, true)).erased).toBeGreaterThan(0);
    expect(await erase(owner, true)).toEqual({ erased: 0 });
    for (const who of [owner, member]) expect((await get(who, '/sessions')).json().total).toBe(0);
    expect((await get(other, '/sessions')).json().total).toBe(1);
  });

  it('keeps the conversations and costs of the others when a member leaves', async () => {
    const owner = testClaims();
    const leaving = testClaims({ tenant_id: owner.tenant_id });
    for (const who of [owner, leaving]) await chat(who, {});
    expect((await erase(leaving, false)).erased).toBeGreaterThan(0);
    expect(await erase(leaving, false)).toEqual({ erased: 0 });
    expect((await get(leaving, '/sessions')).json().total).toBe(0);
    expect((await get(owner, '/sessions')).json().total).toBe(1);
  });
});

it('a workspace holds the conversations of its members only', async () => {
  const [ada, eve] = [testClaims(), testClaims()];
  const colleague = () => testClaims({ tenant_id: ada.tenant_id });
  const [bob, former] = [colleague(), colleague()];
  for (const who of [ada, ada, bob, former, eve]) await chat(who, {});
  const app = service.appWith({});
  // In tests the workspace of a tenant has the tenant's id.
  const held = async (members: AccessClaims[], tenant = ada.tenant_id) => {
    const response = await app.inject({
      method: 'POST',
      url: `/internal/workspaces/${ada.tenant_id}/contents`,
      headers: { 'x-internal-key': internalKey },
      payload: { tenant_id: tenant, member_ids: members.map(({ user_id }) => user_id) },
    });
    return response.json().contents;
  };
  expect(await held([ada, bob, eve])).toEqual({ conversations: 3 });
  expect(await held([bob])).toEqual({ conversations: 1 });
  expect(await held([])).toEqual({ conversations: 0 });
  expect(await held([ada, bob], eve.tenant_id)).toEqual({ conversations: 0 });
});
