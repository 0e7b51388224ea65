import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { workspaceRoles } from '../../contracts/rights.ts';
import { testClaims } from '../../kit/testing/test-claims.ts';
import { startTemporaryFileService, type TemporaryFileService } from './testing/temporary-file-service.ts';

let service: TemporaryFileService;
beforeAll(async () => {
  service = await startTemporaryFileService();
});
afterAll(() => service?.stop());

const text = { filename: 'notes.txt', contentType: 'text/plain', content: 'some text' };

/** A file of an owner, and a colleague with a role in its workspace, or with none. */
async function fileFor(role: (typeof workspaceRoles)[number] | undefined) {
  const owner = testClaims();
  const colleague = testClaims({ tenant_id: owner.tenant_id });
  const own = { id: randomUUID(), role: 'owner' as const };
  service.authorities.set(colleague, {
    default_workspace_id: own.id,
    workspaces: [own, ...(role ? [{ id: owner.tenant_id, role }] : [])],
  });
  const uploaded = await service.upload(owner, text);
  return { owner, colleague, id: uploaded.json().id as string, ownWorkspace: own.id };
}

describe('a file of a workspace', () => {
  const reader = { read: 200, change: 403, upload: 403 };
  it.each([
    ['owner', { read: 200, change: 202, upload: 201 }],
    ['admin', { read: 200, change: 202, upload: 201 }],
    ['editor', { read: 200, change: 202, upload: 201 }],
    ['commenter', reader],
    ['viewer', reader],
    [undefined, { read: 404, change: 404, upload: 404 }],
  ] as const)('responds to %s with %j', async (role, { read, change, upload }) => {
    const { owner, colleague, id } = await fileFor(role);
    const status = async (method: 'GET' | 'POST' | 'DELETE', path: string) =>
      (await service.call(colleague, method, path)).statusCode;
    expect(await status('GET', `/files/${id}`)).toBe(read);
    expect(await status('GET', `/files/${id}/download`)).toBe(read);
    // Not processed yet: 409 to those who may read it.
    expect(await status('GET', `/files/${id}/extract`)).toBe(read === 200 ? 409 : 404);
    const query = `?workspace_id=${owner.tenant_id}`;
    expect((await service.upload(colleague, text, {}, query)).statusCode).toBe(upload);
    expect(await status('POST', `/files/${id}/process`)).toBe(change);
    expect(await status('DELETE', `/files/${id}`)).toBe(change === 202 ? 204 : change);
    const remains = (await service.call(owner, 'GET', `/files/${id}`)).statusCode;
    expect(remains).toBe(change === 202 ? 404 : 200);
  });

  it('looks to others like a file that does not exist', async () => {
    const { colleague, id } = await fileFor(undefined);
    const bodyOf = async (path: string) => {
      const {
        timestamp: _time,
        request_id: _id,
        ...body
      } = (await service.call(colleague, 'GET', path)).json();
      return body;
    };
    expect(await bodyOf(`/files/${id}`)).toEqual(await bodyOf(`/files/${randomUUID()}`));
  });

  it('names the role that a change needs', async () => {
    const { colleague, id } = await fileFor('commenter');
    expect((await service.call(colleague, 'DELETE', `/files/${id}`)).json().message).toBe(
      'This needs the role editor in the workspace; yours is commenter.',
    );
  });

  it('is listed and counted for those who may read it only', async () => {
    for (const role of [...workspaceRoles, undefined]) {
      const { colleague, owner, ownWorkspace } = await fileFor(role);
      const list = async (query = '') => (await service.call(colleague, 'GET', `/files${query}`)).json();
      const expected = role === undefined ? 0 : 1;
      expect((await list()).total).toBe(expected);
      expect((await list(`?workspace_id=${ownWorkspace}`)).total).toBe(0);
      const there = await list(`?workspace_id=${owner.tenant_id}`);
      expect(there).toMatchObject(role === undefined ? { error: 'not_found' } : { total: 1 });
      const stats = (await service.call(colleague, 'GET', '/files/stats/summary')).json();
      expect(stats.total).toBe(expected);
    }
  });

  it('is lost with the membership', async () => {
    const { colleague, id, ownWorkspace } = await fileFor('editor');
    expect((await service.call(colleague, 'GET', `/files/${id}`)).statusCode).toBe(200);
    service.authorities.set(colleague, { workspaces: [{ id: ownWorkspace, role: 'owner' }] });
    expect((await service.call(colleague, 'GET', `/files/${id}`)).statusCode).toBe(404);
  });
});

it('an upload goes to the default workspace unless its query names another', async () => {
  const { colleague, owner, ownWorkspace } = await fileFor('editor');
  expect((await service.upload(colleague, text)).json().workspace_id).toBe(ownWorkspace);
  const query = `?workspace_id=${owner.tenant_id}`;
  expect((await service.upload(colleague, text, {}, query)).json().workspace_id).toBe(owner.tenant_id);
  const inForm = await service.upload(colleague, text, { workspace_id: owner.tenant_id });
  expect([inForm.statusCode, inForm.json().message]).toEqual([
    400,
    'Send workspace_id in the query, not in the form.',
  ]);
});

it('a user who is deactivated or deleted has no file', async () => {
  const { colleague, id } = await fileFor('owner');
  service.authorities.set(colleague, { is_active: false });
  expect((await service.call(colleague, 'GET', `/files/${id}`)).json().error).toBe('token_revoked');
  service.authorities.set(colleague, null);
  expect((await service.call(colleague, 'GET', '/files')).json().error).toBe('token_revoked');
});
