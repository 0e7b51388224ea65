import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Invitation } from '../../../contracts/platform-services/invitations.ts';
import {
  type RegisteredSession,
  startTemporaryPlatformServices,
  type TemporaryPlatformServices,
} from '../testing/temporary-platform-services.ts';

let service: TemporaryPlatformServices;
let admin: pg.Client;
beforeAll(async () => {
  service = await startTemporaryPlatformServices();
  admin = new pg.Client({ connectionString: service.stores.adminUrl });
  await admin.connect();
});
afterAll(async () => {
  await admin?.end();
  await service?.[Symbol.asyncDispose]();
});

const newEmail = () => `invited-${randomUUID()}@example.com`;

function as(user: Pick<RegisteredSession, 'access_token'>) {
  const send = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown) =>
    service.call(method, path, { token: user.access_token, ...(body === undefined ? {} : { body }) });
  return {
    send,
    invite: (workspaceId: string, body: object) =>
      send('POST', `/workspaces/${workspaceId}/invitations`, body),
    list: async (workspaceId: string) =>
      (await send('GET', `/workspaces/${workspaceId}/invitations`)).json().invitations,
    accept: (token: string) => send('POST', '/auth/invitations/accept', { token }),
  };
}

const preview = (token: string) => service.call('POST', '/auth/invitations/preview', { body: { token } });
const register = (email: string, invitation: string) =>
  service.call('POST', '/auth/register', { body: { email, password: 'analytical engine', invitation } });

async function colleague(owner: RegisteredSession, body: object = {}): Promise<RegisteredSession> {
  const email = newEmail();
  const { token } = (await as(owner).invite(owner.workspace_id, { email, ...body })).json();
  return { ...(await service.register({ email, invitation: token })), email };
}

/** Makes an invitation as old as this. */
async function age(id: string, interval: string): Promise<void> {
  await admin.query(
    `update identity.invitations set sent_at = sent_at - $2::interval, expires_at = expires_at - $2::interval
     where id = $1`,
    [id, interval],
  );
}

describe('an invitation', () => {
  it('is listed without its secret until it is accepted, and afterwards as accepted', async () => {
    const owner = await service.register();
    const email = newEmail();
    const made = await as(owner).invite(owner.workspace_id, { email, role: 'viewer' });
    const { token, ...shown } = made.json();
    expect(shown).toMatchObject({ email, role: 'viewer', tenant_role: 'user', status: 'pending' });
    expect(await as(owner).list(owner.workspace_id)).toEqual([shown]);
    expect((await as(owner).send('GET', '/tenant/invitations')).json().invitations).toEqual([shown]);
    expect((await preview(token)).json()).toMatchObject({
      email,
      workspace_name: 'My workspace',
      has_account: false,
    });
    expect((await register(email, token)).statusCode).toBe(201);
    expect(await as(owner).list(owner.workspace_id)).toMatchObject([{ status: 'accepted' }]);
    expect((await preview(token)).statusCode).toBe(404);
    const path = `/workspaces/${owner.workspace_id}/invitations/${shown.id}`;
    expect((await as(owner).send('DELETE', path)).statusCode).toBe(409);
    expect((await as(owner).send('POST', `${path}/resend`)).statusCode).toBe(409);
  });

  it('arrives by mail with a link to its page, and again when it is sent again', async () => {
    const owner = await service.register({ name: 'Ada <b>' });
    const email = newEmail();
    const mails = async () => (await service.mails()).filter((mail) => mail.includes(email));
    const { id, token } = (await as(owner).invite(owner.workspace_id, { email })).json();
    const link = (secret: string) => `/invitation?token=${encodeURIComponent(secret)}`;
    const readable = (mail: string | undefined) =>
      mail?.replaceAll(/=\r?\n/g, '').replaceAll('=3D', '=') ?? '';
    await expect.poll(async () => (await mails()).length).toBe(1);
    expect(readable((await mails())[0])).toContain(link(token));
    await age(id, '2 minutes');
    const path = `/workspaces/${owner.workspace_id}/invitations/${id}/resend`;
    const fresh = (await as(owner).send('POST', path)).json();
    await expect.poll(async () => (await mails()).length).toBe(2);
    expect((await mails()).map(readable).some((mail) => mail.includes(link(fresh.token)))).toBe(true);
  });

  it('gives a new account the role in the tenant', async () => {
    const owner = await service.register();
    const reader = await colleague(owner, { tenant_role: 'readonly', role: 'viewer' });
    expect(reader.user).toMatchObject({ tenant_id: owner.user.tenant_id, role: 'readonly' });
  });

  it('stops when it is revoked', async () => {
    const owner = await service.register();
    const email = newEmail();
    const { id, token } = (await as(owner).invite(owner.workspace_id, { email })).json();
    const path = `/workspaces/${owner.workspace_id}/invitations/${id}`;
    expect((await as(owner).send('DELETE', path)).statusCode).toBe(204);
    expect((await as(owner).send('DELETE', path)).statusCode).toBe(404);
    expect((await register(email, token)).statusCode).toBe(404);
    expect(await as(owner).list(owner.workspace_id)).toEqual([]);
  });

  it('expires after seven days', async () => {
    const owner = await service.register();
    const email = newEmail();
    const { id, token } = (await as(owner).invite(owner.workspace_id, { email })).json();
    await age(id, '7 days');
    expect((await preview(token)).statusCode).toBe(404);
    expect((await register(email, token)).statusCode).toBe(404);
    expect(await as(owner).list(owner.workspace_id)).toMatchObject([{ status: 'expired' }]);
  });

  it('is sent again with a new secret, at most once in a minute', async () => {
    const owner = await service.register();
    const email = newEmail();
    const { id, token } = (await as(owner).invite(owner.workspace_id, { email })).json();
    const resend = () => as(owner).send('POST', `/workspaces/${owner.workspace_id}/invitations/${id}/resend`);
    const early = await resend();
    expect([early.statusCode, early.headers['retry-after']]).toEqual([429, '60']);
    await age(id, '8 days');
    const fresh: Invitation = (await resend()).json();
    expect(fresh).toMatchObject({ id, status: 'pending' });
    expect((await register(email, token)).statusCode).toBe(404);
    expect((await register(email, fresh.token)).statusCode).toBe(201);
  });

  it('replaces an earlier one to the same address and workspace', async () => {
    const owner = await service.register();
    const email = newEmail();
    const first = (await as(owner).invite(owner.workspace_id, { email })).json();
    const second = (
      await as(owner).invite(owner.workspace_id, { email: email.toUpperCase(), role: 'viewer' })
    ).json();
    expect(await as(owner).list(owner.workspace_id)).toMatchObject([{ id: second.id, role: 'viewer' }]);
    expect((await register(email, first.token)).statusCode).toBe(404);
  });

  it('can be made by who manages the workspace, by moderators and by administrators only', async () => {
    const owner = await service.register();
    const email = newEmail();
    const status = async (user: RegisteredSession) =>
      (await as(user).invite(owner.workspace_id, { email })).statusCode;
    for (const role of ['editor', 'commenter', 'viewer'])
      expect(await status(await colleague(owner, { role }))).toBe(403);
    expect(await status(await colleague(owner, { role: 'admin' }))).toBe(201);
    expect(await status(await colleague(owner, { role: 'viewer', tenant_role: 'moderator' }))).toBe(201);
    expect(await status(await colleague(owner, { role: 'admin', tenant_role: 'readonly' }))).toBe(403);
    expect(await status(await service.register())).toBe(404);
  });

  it('is recorded from its making to its acceptance', async () => {
    const owner = await service.register();
    const guest = await colleague(owner);
    const { id } = (await as(owner).send('POST', '/workspaces', { name: 'Second' })).json();
    const { token } = (await as(owner).invite(id, { email: guest.email })).json();
    expect((await as(guest).accept(token)).statusCode).toBe(200);
    const { events } = (await as(owner).send('GET', '/audit/events?event=invitation_accepted')).json();
    expect(events).toMatchObject([{ actor_id: guest.user.id, details: { workspace_id: id } }]);
    expect(JSON.stringify((await as(owner).send('GET', '/audit/events')).json())).not.toContain(token);
  });
});

describe('an invitation of an existing account', () => {
  it('adds an account of the tenant to the workspace when it accepts, once', async () => {
    const owner = await service.register();
    const guest = await colleague(owner);
    const { id } = (await as(owner).send('POST', '/workspaces', { name: 'Second' })).json();
    const { token } = (await as(owner).invite(id, { email: guest.email, role: 'commenter' })).json();
    expect((await preview(token)).json()).toMatchObject({ has_account: true });
    expect((await as(guest).send('GET', `/workspaces/${id}`)).statusCode).toBe(404);
    const both = await Promise.all([as(guest).accept(token), as(guest).accept(token)]);
    expect(both.map(({ statusCode }) => statusCode).sort()).toEqual([200, 404]);
    expect((await as(guest).send('GET', `/workspaces/${id}`)).json()).toMatchObject({ role: 'commenter' });
    expect((await as(owner).invite(id, { email: guest.email })).statusCode).toBe(409);
  });

  it('is bound to its address', async () => {
    const owner = await service.register();
    const [guest, other] = [await colleague(owner), await colleague(owner)];
    const { id } = (await as(owner).send('POST', '/workspaces', { name: 'Second' })).json();
    const { token } = (await as(owner).invite(id, { email: guest.email })).json();
    expect((await as(other).accept(token)).statusCode).toBe(404);
    expect((await as(guest).accept('unknown')).statusCode).toBe(404);
    expect((await as(guest).accept(token)).statusCode).toBe(200);
  });

  it('is rejected for an account of another tenant, with what to do', async () => {
    const owner = await service.register();
    const email = newEmail();
    const { token } = (await as(owner).invite(owner.workspace_id, { email })).json();
    const stranger = await service.register({ email });
    const accepted = await as(stranger).accept(token);
    expect([accepted.statusCode, accepted.json().error]).toEqual([409, 'conflict']);
    expect(accepted.json().message).toContain('another tenant');
    const invited = await as(owner).invite(owner.workspace_id, { email });
    expect([invited.statusCode, invited.json().error]).toEqual([409, 'duplicate_email']);
    expect((await as(stranger).send('GET', `/workspaces/${owner.workspace_id}`)).statusCode).toBe(404);
  });

  it('registers one account when two use it at once', async () => {
    const owner = await service.register();
    const email = newEmail();
    const { token } = (await as(owner).invite(owner.workspace_id, { email })).json();
    const both = await Promise.all([register(email, token), register(email, token)]);
    const statuses = both.map(({ statusCode }) => statusCode).sort();
    expect(statuses[0]).toBe(201);
    expect([404, 409]).toContain(statuses[1]);
  });
});
