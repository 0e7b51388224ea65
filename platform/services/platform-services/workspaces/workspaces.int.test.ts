import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Workspace, type WorkspaceMember } from '../../../contracts/platform-services/workspaces.ts';
import type { WorkspaceRole } from '../../../contracts/rights.ts';
import { holdingServices } from '../../../contracts/workspace-contents.ts';
import { expectProblem } from '../../../kit/testing/expect-problem.ts';
import {
  internalKey,
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

function actions(user: RegisteredSession) {
  const send = (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown) =>
    service.call(method, path, { token: user.access_token, ...(body === undefined ? {} : { body }) });
  return {
    list: async () => (await send('GET', '/workspaces')).json().workspaces as Workspace[],
    create: async (name: string) => Workspace.parse((await send('POST', '/workspaces', { name })).json()),
    read: (id: string) => send('GET', `/workspaces/${id}`),
    change: (id: string, body: object) => send('PATCH', `/workspaces/${id}`, body),
    remove: (id: string) => send('DELETE', `/workspaces/${id}`),
    members: (id: string) => send('GET', `/workspaces/${id}/members`),
    add: (id: string, userId: string, role: WorkspaceRole) =>
      send('POST', `/workspaces/${id}/members`, { user_id: userId, role }),
    setRole: (id: string, userId: string, role: WorkspaceRole) =>
      send('PATCH', `/workspaces/${id}/members/${userId}`, { role }),
    drop: (id: string, userId: string) => send('DELETE', `/workspaces/${id}/members/${userId}`),
    invite: (id: string, email: string, role?: WorkspaceRole) =>
      send('POST', `/workspaces/${id}/invitations`, { email, role }),
  };
}

/** An owner, and a colleague in the same tenant who is a member of the default workspace only. */
async function colleagues(role: WorkspaceRole = 'editor') {
  const owner = await service.register();
  const email = `colleague-${randomUUID()}@example.com`;
  const invitation = await actions(owner).invite(owner.workspace_id, email, role);
  expect(invitation.statusCode).toBe(201);
  const colleague = await service.register({ email, invitation: invitation.json().token });
  return { owner, colleague: { ...colleague, email }, invitation: invitation.json() };
}

describe('a workspace that holds something', () => {
  afterEach(() => service.contents.held.clear());

  it('is not deleted, and the response names what it holds', async () => {
    const owner = actions(await service.register());
    const { id, tenant_id } = await owner.create('Full');
    service.contents.held
      .set('airtable-gateway', { bases: 2 })
      .set('file-service', { files: 1 })
      .set('llm-orchestrator', { conversations: 3 })
      .set('saga-service', { sagas: 0 });
    const refused = await owner.remove(id);
    expectProblem(refused, 409, 'conflict');
    expect(refused.json().message).toBe(
      'The workspace still holds 2 bases, 1 file and 3 conversations. Delete them first. A conversation is deleted by its user, and does not count once that user is removed from the workspace.',
    );
    expect(
      refused.json().details.map(({ loc, msg }: { loc: string[]; msg: string }) => [loc.at(-1), msg]),
    ).toEqual([
      ['bases', '2 bases'],
      ['files', '1 file'],
      ['conversations', '3 conversations'],
    ]);
    const path = `/internal/workspaces/${id}?tenant_id=${tenant_id}`;
    expectProblem(
      await service.call('DELETE', path, { headers: { 'x-internal-key': internalKey } }),
      409,
      'conflict',
    );
    expect((await owner.read(id)).statusCode).toBe(200);
    service.contents.held.clear();
    expect((await owner.remove(id)).statusCode).toBe(204);
  });

  it.each(holdingServices)('is not deleted while %s does not tell', async (name) => {
    const owner = actions(await service.register());
    const { id } = await owner.create('Unknown');
    service.contents.held.set(name, 'silent');
    const response = await owner.remove(id);
    expectProblem(response, 503, 'not_ready');
    expect([response.json().message, response.headers['retry-after']]).toEqual([
      `${name} did not tell what the workspace holds. Nothing was deleted; retry later.`,
      '5',
    ]);
    expect((await owner.read(id)).statusCode).toBe(200);
  });

  it('is asked about with its present members', async () => {
    const { owner, colleague } = await colleagues('editor');
    const { id } = await actions(owner).create('Shared');
    await actions(owner).add(id, colleague.user.id, 'editor');
    service.contents.held.set('llm-orchestrator', { conversations: 1 });
    const askedMembers = async () => {
      const before = service.contents.asked.length;
      expectProblem(await actions(owner).remove(id), 409, 'conflict');
      return service.contents.asked
        .slice(before)
        .map(({ body }) => [...(body as { member_ids: string[] }).member_ids].sort());
    };
    const both = [owner.user.id, colleague.user.id].sort();
    expect(await askedMembers()).toEqual(holdingServices.map(() => both));
    await actions(owner).drop(id, colleague.user.id);
    expect(await askedMembers()).toEqual(holdingServices.map(() => [owner.user.id]));
  });

  it('is not looked into for those who may not delete it', async () => {
    const { owner, colleague } = await colleagues('admin');
    const { id } = await actions(owner).create('Shared');
    await actions(owner).add(id, colleague.user.id, 'admin');
    const stranger = await service.register();
    const before = service.contents.asked.length;
    expect((await actions(colleague).remove(id)).statusCode).toBe(403);
    expect((await actions(stranger).remove(id)).statusCode).toBe(404);
    expect(service.contents.asked).toHaveLength(before);
  });
});

describe('workspaces', () => {
  it('include a default one that cannot be deleted', async () => {
    const owner = await service.register();
    const [first, ...others] = await actions(owner).list();
    expect(others).toEqual([]);
    expect(first).toMatchObject({ id: owner.workspace_id, is_default: true, role: 'owner' });
    expect((await actions(owner).remove(owner.workspace_id)).statusCode).toBe(409);
  });

  it('can be created, changed and deleted by their owner', async () => {
    const owner = actions(await service.register());
    const { id } = await owner.create('Field trials');
    const changed = await owner.change(id, { description: 'Summer' });
    expect(changed.json()).toMatchObject({ name: 'Field trials', description: 'Summer' });
    expect((await owner.change(id, { name: '' })).statusCode).toBe(422);
    expect((await owner.change(id, { is_default: true })).statusCode).toBe(422);
    expect((await owner.remove(id)).statusCode).toBe(204);
    expect((await owner.read(id)).statusCode).toBe(404);
  });

  it('of another tenant look like workspaces that do not exist', async () => {
    const owner = await service.register();
    const stranger = actions(await service.register());
    const { workspace_id: id, user } = owner;
    const absent = randomUUID();
    for (const target of [id, absent]) {
      const responses = await Promise.all([
        stranger.read(target),
        stranger.change(target, { name: 'Mine' }),
        stranger.remove(target),
        stranger.members(target),
        stranger.add(target, user.id, 'viewer'),
        stranger.setRole(target, user.id, 'viewer'),
        stranger.drop(target, user.id),
        stranger.invite(target, 'x@example.com'),
      ]);
      expect(responses.map(({ statusCode }) => statusCode)).toEqual(Array(8).fill(404));
    }
    expect((await actions(owner).read(id)).json().name).toBe('My workspace');
  });
});

describe('invitations', () => {
  it('add one new user to the tenant and the workspace', async () => {
    const { owner, colleague, invitation } = await colleagues();
    expect(colleague.user.tenant_id).toBe(owner.user.tenant_id);
    expect(colleague.workspace_id).toBe(owner.workspace_id);
    const members = (await actions(owner).members(owner.workspace_id)).json().members;
    expect(members.map(({ user_id, role }: WorkspaceMember) => [user_id, role])).toEqual(
      expect.arrayContaining([
        [owner.user.id, 'owner'],
        [colleague.user.id, 'editor'],
      ]),
    );
    const again = await service.call('POST', '/auth/register', {
      body: {
        email: invitation.email.replace('colleague', 'other'),
        password: 'analytical engine',
        invitation: invitation.token,
      },
    });
    expect(again.statusCode).toBe(404);
  });

  it('are valid for the invited address only', async () => {
    const owner = await service.register();
    const { token } = (
      await actions(owner).invite(owner.workspace_id, `right-${randomUUID()}@example.com`)
    ).json();
    const thief = await service.call('POST', '/auth/register', {
      body: { email: `thief-${randomUUID()}@example.com`, password: 'analytical engine', invitation: token },
    });
    expect(thief.statusCode).toBe(404);
  });

  it('cannot grant ownership, and cannot go to an address with an account', async () => {
    const owner = await service.register();
    const other = await service.register();
    expect((await actions(owner).invite(owner.workspace_id, 'a@example.com', 'owner')).statusCode).toBe(422);
    expect((await actions(owner).invite(owner.workspace_id, other.email)).statusCode).toBe(409);
  });
});

describe('members', () => {
  it('see only their own workspaces, even within their tenant', async () => {
    const { owner, colleague } = await colleagues();
    const { id } = await actions(owner).create('Private');
    expect((await actions(colleague).read(id)).statusCode).toBe(404);
    expect((await actions(owner).add(id, colleague.user.id, 'viewer')).statusCode).toBe(201);
    expect((await actions(colleague).read(id)).json()).toMatchObject({ id, role: 'viewer' });
    expect((await actions(owner).add(id, colleague.user.id, 'viewer')).statusCode).toBe(409);
  });

  it('cannot do more than their role allows', async () => {
    const { owner, colleague } = await colleagues('viewer');
    const viewer = actions(colleague);
    const id = owner.workspace_id;
    const statuses = [
      await viewer.change(id, { name: 'Mine' }),
      await viewer.remove(id),
      await viewer.setRole(id, colleague.user.id, 'owner'),
      await viewer.drop(id, owner.user.id),
      await viewer.invite(id, 'x@example.com'),
    ].map(({ statusCode }) => statusCode);
    expect(statuses).toEqual([403, 403, 403, 403, 403]);
  });

  it('with the role admin cannot change owners or appoint them', async () => {
    const { owner, colleague } = await colleagues('admin');
    const admin = actions(colleague);
    const id = owner.workspace_id;
    expect((await admin.setRole(id, colleague.user.id, 'owner')).statusCode).toBe(403);
    expect((await admin.setRole(id, owner.user.id, 'viewer')).statusCode).toBe(403);
    expect((await admin.drop(id, owner.user.id)).statusCode).toBe(403);
    expect((await admin.remove(id)).statusCode).toBe(403);
    expect((await admin.change(id, { name: 'Renamed' })).statusCode).toBe(200);
  });

  it('can leave, but one owner must stay even when two leave at once', async () => {
    const { owner, colleague } = await colleagues();
    const id = owner.workspace_id;
    expect((await actions(owner).drop(id, owner.user.id)).statusCode).toBe(409);
    expect((await actions(owner).setRole(id, owner.user.id, 'viewer')).statusCode).toBe(409);
    expect((await actions(owner).setRole(id, colleague.user.id, 'owner')).statusCode).toBe(200);
    const both = await Promise.all([
      actions(owner).drop(id, owner.user.id),
      actions(colleague).drop(id, colleague.user.id),
    ]);
    expect(both.map(({ statusCode }) => statusCode).sort()).toEqual([204, 409]);
  });

  it('cannot come from another tenant', async () => {
    const owner = await service.register();
    const stranger = await service.register();
    expect((await actions(owner).add(owner.workspace_id, stranger.user.id, 'editor')).statusCode).toBe(404);
  });
});
