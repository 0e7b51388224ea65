import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseParts } from '../../../contracts/airtable-gateway/base-details.ts';
import { toAirtableUserId } from '../../../contracts/airtable-gateway/user-id.ts';
import { toAirtableWorkspaceId } from '../../../contracts/airtable-gateway/workspace-id.ts';
import { type DirectoryPeer, startDirectoryPeer } from '../testing/directory-peer.ts';
import {
  type ListeningGateway,
  startTemporaryAirtableGateway,
  type TemporaryAirtableGateway,
  type TestUser,
} from '../testing/temporary-airtable-gateway.ts';

let stores: TemporaryAirtableGateway;
let gateway: ListeningGateway;
/** The same account through the upstream for the real Airtable. */
let remote: ListeningGateway;
let directory: DirectoryPeer;
let owner: TestUser;
let reader: TestUser;
/** In the tenant, but not in the workspace. */
let outsider: TestUser;
let stranger: TestUser;
let baseId: string;

beforeAll(async () => {
  stores = await startTemporaryAirtableGateway();
  owner = await stores.user({ name: 'Ada' });
  const { tenant_id } = owner.claims;
  reader = await stores.user({ tenant_id, name: 'Bob' });
  stores.authorities.set(reader.claims, { workspaces: [{ id: tenant_id, role: 'viewer' }] });
  outsider = await stores.user({ tenant_id, name: 'Cleo' });
  stores.authorities.set(outsider.claims, { workspaces: [] });
  stranger = await stores.user({ name: 'Eve' });
  directory = await startDirectoryPeer([owner, reader, outsider, stranger], stores.authorities);
  gateway = await stores.another({ PLATFORM_SERVICES_URL: directory.url });
  remote = await stores.another({
    AIRTABLE_UPSTREAM: 'airtable',
    AIRTABLE_API_URL: gateway.url,
    AIRTABLE_TOKEN: owner.token,
    AIRTABLE_TENANT_ID: tenant_id,
  });
  const made = await gateway.call(owner, 'POST', '/v0/meta/bases', {
    name: 'Work',
    workspaceId: tenant_id,
    tables: [{ name: 'People', fields: [{ name: 'Name', type: 'singleLineText' }] }],
  });
  baseId = made.body.id;
});
afterAll(async () => {
  await directory?.[Symbol.asyncDispose]();
  await stores?.[Symbol.asyncDispose]();
});

const details = (query = '', user = owner, through = gateway) =>
  through.call(user, 'GET', `/v0/meta/bases/${baseId}${query}`);

const idOf = ({ claims }: TestUser) => toAirtableUserId(claims.user_id);

describe('the details of a base', () => {
  it('are its name, age, workspace and the caller’s permission', async () => {
    const { status, body } = await details();
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        id: baseId,
        name: 'Work',
        createdTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
        permissionLevel: 'create',
        workspaceId: toAirtableWorkspaceId(owner.claims.tenant_id),
      },
    });
    expect((await details('', reader)).body).toEqual({ ...body, permissionLevel: 'read' });
  });

  it('list the members of the workspace as its collaborators', async () => {
    const { body } = await details('?include[]=collaborators');
    const granted = { createdTime: '2025-08-07T12:00:00.000Z', grantedByUserId: idOf(owner) };
    expect(body.individualCollaborators).toEqual({
      baseCollaborators: [],
      workspaceCollaborators: [
        { userId: idOf(owner), email: owner.claims.email, permissionLevel: 'create', ...granted },
        { userId: idOf(reader), email: reader.claims.email, permissionLevel: 'read', ...granted },
      ],
    });
    expect(body.groupCollaborators).toEqual({ baseCollaborators: [], workspaceCollaborators: [] });
    expect(body).not.toHaveProperty('inviteLinks');
    expect(body).not.toHaveProperty('interfaces');
  });

  it.each(['include', 'include[]'])('have every part that %s names', async (name) => {
    const { status, body } = await details(`?${baseParts.map((part) => `${name}=${part}`).join('&')}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      individualCollaborators: expect.anything(),
      inviteLinks: { baseInviteLinks: [], workspaceInviteLinks: [] },
      interfaces: {},
    });
  });

  it('are the same through the upstream for the real Airtable', async () => {
    const query = `?${baseParts.map((part) => `include[]=${part}`).join('&')}`;
    expect((await details(query, owner, remote)).body).toEqual((await details(query)).body);
  });

  it('reject an unknown part', async () => {
    expect(await details('?include[]=secrets')).toMatchObject({
      status: 422,
      body: { error: { type: 'INVALID_REQUEST_UNKNOWN' } },
    });
  });

  it('do not exist for another tenant or workspace, and no lookup is made', async () => {
    const before = directory.searches();
    for (const user of [stranger, outsider])
      expect(await details('?include[]=collaborators', user)).toMatchObject({
        status: 404,
        body: { error: 'NOT_FOUND' },
      });
    expect(directory.searches()).toBe(before);
  });

  it('without collaborators need no platform-services, with them get 503 while it is away', async () => {
    await directory.leave();
    expect((await details('?include[]=inviteLinks')).status).toBe(200);
    const response = await details('?include[]=collaborators');
    expect(response).toMatchObject({ status: 503, body: { error: { type: 'SERVICE_UNAVAILABLE' } } });
    expect(response.headers.get('retry-after')).toBe('5');
  });
});
