import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
  it('counts the recorded events by event and by day, within the tenant only', async () => {
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

  it('counts the last thirty days by default', async () => {
    const user = await service.register();
    await record(user, [{ event: 'now' }, { event: 'long.ago', occurred_at: '2020-01-01T00:00:00Z' }]);
    expect((await get(user, '/analytics/usage')).json()).toMatchObject({
      total: 1,
      by_event: [{ event: 'now', count: 1 }],
    });
  });

  it.each([
    ['no events', []],
    ['an invalid name', [{ event: 'Not A Name' }]],
    [
      'an event in the future',
      [{ event: 'x', occurred_at: new Date(Date.now() + 86_400_000).toISOString() }],
    ],
    ['nested properties', [{ event: 'x', properties: { a: { b: 1 } } }]],
    ['an unknown workspace', [{ event: 'x', workspace_id: randomUUID() }]],
    ['101 events', Array(101).fill({ event: 'x' })],
  ])('rejects %s', async (_what, events) => {
    expect((await record(await service.register(), events)).statusCode).toBe(422);
  });

  it.each(['from=2026-02-01&to=2026-01-01', 'from=2020-01-01&to=2026-01-01', 'from=yesterday'])(
    'rejects the period %s',
    async (query) => {
      expect((await get(await service.register(), `/analytics/usage?${query}`)).statusCode).toBe(422);
    },
  );
});
