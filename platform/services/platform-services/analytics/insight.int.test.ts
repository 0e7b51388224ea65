import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEvent } from '../../../contracts/platform-services/audit.ts';
import {
  type RegisteredSession,
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

const record = (user: RegisteredSession, events: unknown) =>
  service.call('POST', '/analytics/events', { token: user.access_token, body: { events } });
const get = (user: RegisteredSession, path: string) =>
  service.call('GET', path, { token: user.access_token });

describe('analytics', () => {
  it('counts what was recorded, by event and by day, for the tenant alone', async () => {
    const [user, stranger] = [await service.register(), await service.register()];
    const accepted = await record(user, [
      { event: 'base.opened', occurred_at: '2026-01-01T23:59:59Z', properties: { base_id: 'app1' } },
      { event: 'base.opened', occurred_at: '2026-01-02T00:00:00Z' },
      { event: 'file.uploaded', occurred_at: '2026-01-02T12:00:00Z', workspace_id: user.workspace_id },
    ]);
    expect([accepted.statusCode, accepted.json()]).toEqual([202, { accepted: 3 }]);
    const path = '/analytics/usage?from=2026-01-01&to=2026-01-02';
    expect((await get(user, path)).json()).toEqual({
      from: '2026-01-01',
      to: '2026-01-02',
      total: 3,
      active_users: 1,
      by_event: [
        { event: 'base.opened', count: 2 },
        { event: 'file.uploaded', count: 1 },
      ],
      by_day: [
        { day: '2026-01-01', count: 1 },
        { day: '2026-01-02', count: 2 },
      ],
    });
    expect((await get(user, `${path}&event=file.uploaded`)).json()).toMatchObject({ total: 1 });
    expect((await get(stranger, path)).json()).toMatchObject({ total: 0, by_event: [], by_day: [] });
  });

  it('counts the last thirty days unless told otherwise', async () => {
    const user = await service.register();
    await record(user, [{ event: 'now' }, { event: 'long.ago', occurred_at: '2020-01-01T00:00:00Z' }]);
    expect((await get(user, '/analytics/usage')).json()).toMatchObject({
      total: 1,
      by_event: [{ event: 'now', count: 1 }],
    });
  });

  it.each([
    ['no events', []],
    ['a name that is none', [{ event: 'Not A Name' }]],
    ['an event of tomorrow', [{ event: 'x', occurred_at: new Date(Date.now() + 86_400_000).toISOString() }]],
    ['nested properties', [{ event: 'x', properties: { a: { b: 1 } } }]],
    ['an unknown workspace', [{ event: 'x', workspace_id: randomUUID() }]],
    ['too many', Array(101).fill({ event: 'x' })],
  ])('refuses %s', async (_what, events) => {
    expect((await record(await service.register(), events)).statusCode).toBe(422);
  });

  it.each(['from=2026-02-01&to=2026-01-01', 'from=2020-01-01&to=2026-01-01', 'from=yesterday'])(
    'refuses the period %s',
    async (query) => {
      expect((await get(await service.register(), `/analytics/usage?${query}`)).statusCode).toBe(422);
    },
  );
});

describe('the audit trail', () => {
  const events = async (user: RegisteredSession, query = '') =>
    (await get(user, `/audit/events${query}`)).json();

  it('tells the owner of every security event of the tenant, the latest first', async () => {
    const user = await service.register();
    await service.call('POST', '/auth/login', {
      body: { email: user.email, password: 'wrong' },
      headers: { 'x-request-id': 'request-0001' },
    });
    await service.call('POST', '/auth/login', { body: { email: user.email, password: user.password } });
    const { events: list, total } = await events(user);
    expect(list.slice(0, 2).map(({ event, outcome }: AuditEvent) => `${event} ${outcome}`)).toEqual([
      'login success',
      'login failure',
    ]);
    expect(list.at(-1)).toMatchObject({ event: 'register', actor_id: user.user.id });
    expect(list[1]).toMatchObject({ request_id: 'request-0001', address: '127.0.0.1' });
    expect(JSON.stringify(list)).not.toContain(user.password);
    expect((await events(user, '?outcome=failure')).total).toBeLessThan(total);
    expect((await events(user, '?page_size=1&page=2')).events).toHaveLength(1);
  });

  it('shows nothing of other tenants, and to colleagues only their own', async () => {
    const owner = await service.register();
    const stranger = await service.register();
    const email = `colleague-${randomUUID()}@example.com`;
    const { token } = (
      await service.call('POST', `/workspaces/${owner.workspace_id}/invitations`, {
        token: owner.access_token,
        body: { email },
      })
    ).json();
    const colleague = await service.register({ email, invitation: token });
    const actors = async (user: RegisteredSession) =>
      new Set((await events(user)).events.map((event: AuditEvent) => event.actor_id));
    expect(await actors(owner)).toEqual(new Set([owner.user.id, colleague.user.id]));
    expect(await actors(colleague)).toEqual(new Set([colleague.user.id]));
    expect(await actors(stranger)).toEqual(new Set([stranger.user.id]));
  });
});
