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

const get = (user: RegisteredSession, path: string) =>
  service.call('GET', path, { token: user.access_token });

describe('the audit log', () => {
  const events = async (user: RegisteredSession, query = '') =>
    (await get(user, `/audit/events${query}`)).json();

  it('shows the owner all security events of the tenant, newest first', async () => {
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

  it('shows other members their own events only, and nothing of other tenants', async () => {
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
