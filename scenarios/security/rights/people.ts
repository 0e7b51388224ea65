import { type Account, type CheckContext, ProductFailure } from '../../../harness/engine/index.ts';
import { Session } from '../../../platform/contracts/platform-services/authentication.ts';
import type { WorkspaceRole } from '../../../platform/contracts/rights.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { summary } from '../../kit/response.ts';
import { prepare, type Send, sendAs } from '../../kit/send-as.ts';
import { listAt, textAt } from '../../kit/shape.ts';

/** Everybody whose requests are judged, in the order of the table. */
export const personNames = [
  'owner',
  'admin',
  'editor',
  'commenter',
  'viewer',
  'read-only',
  'removed',
  'other workspace',
  'other tenant',
  'anonymous',
] as const;
export type PersonName = (typeof personNames)[number];

/** One who sends requests about the objects of a household. */
export interface Person {
  name: PersonName;
  /** The role in the household's workspaces; undefined without one. */
  role: WorkspaceRole | undefined;
  /** Whether the person belongs to the tenant of the household. */
  inTenant: boolean;
  /** Absent for somebody without an account. */
  token?: string;
  /** Source address of the requests. */
  from: string;
}

/**
 * A tenant with its owner, and the people who try to use its objects. Each role has a household of its own, so that
 * what one may change does not hide what another must not.
 */
export interface Household {
  owner: Account;
  send: Send;
  /** The tenant's default workspace. */
  workspaceId: string;
  /** A second workspace, in which everybody has the same role as in the default one. */
  secondId: string;
  /** Id of another member, a viewer. */
  guestId: string;
  people: Person[];
}

type Context = Pick<CheckContext, 'account' | 'http' | 'newAddress' | 'patience' | 'signal' | 'unique'>;

interface Member {
  userId: string;
  token: string;
  from: string;
}

/** Registers a new user by an invitation to a workspace. */
async function joinBy(
  context: Context,
  send: Send,
  workspaceId: string,
  role: WorkspaceRole,
): Promise<Member> {
  const email = `${context.unique(role)}@readiness.example`;
  const from = context.newAddress();
  const invitation = await prepare(send, 'POST', `/api/workspaces/${workspaceId}/invitations`, {
    email,
    role,
  });
  const response = await context.http.request('gateway', '/api/auth/register', {
    method: 'POST',
    from,
    body: {
      email,
      password: `Joined by ${context.unique('invitation')}`,
      invitation: textAt(invitation, 'token'),
    },
  });
  const session = Session.safeParse(response.json);
  if (!session.success) throw new ProductFailure(`POST /api/auth/register returned ${summary(response)}`);
  return { userId: session.data.user.id, token: session.data.access_token, from };
}

async function openHousehold(context: Context): Promise<Household> {
  const owner = await context.account();
  const send = sendAs(context, owner);
  const workspaces = await prepare(send, 'GET', '/api/workspaces');
  const workspaceId = textAt(workspaces, 'workspaces', 0, 'id');
  const secondId = textAt(await prepare(send, 'POST', '/api/workspaces', { name: 'Second' }), 'id');
  const guest = await joinBy(context, send, workspaceId, 'viewer');
  await prepare(send, 'POST', `/api/workspaces/${secondId}/members`, {
    user_id: guest.userId,
    role: 'viewer',
  });
  return { owner, send, workspaceId, secondId, guestId: guest.userId, people: [] };
}

/** The household of somebody who has a role in it. */
export async function householdOf(context: Context, role: WorkspaceRole): Promise<Household> {
  const household = await openHousehold(context);
  const { owner, send, workspaceId, secondId, people } = household;
  if (role === 'owner') {
    people.push({ name: 'owner', role, inTenant: true, token: owner.accessToken, from: owner.address });
    return household;
  }
  const { userId, token, from } = await joinBy(context, send, workspaceId, role);
  await prepare(send, 'POST', `/api/workspaces/${secondId}/members`, { user_id: userId, role });
  people.push({ name: role, role, inTenant: true, token, from });
  return household;
}

/** The household of an administrator of its workspaces who may only read in the tenant. */
export async function householdOfReader(context: Context): Promise<Household> {
  const household = await openHousehold(context);
  const { send, workspaceId, secondId, people } = household;
  const { userId, token, from } = await joinBy(context, send, workspaceId, 'admin');
  await prepare(send, 'POST', `/api/workspaces/${secondId}/members`, { user_id: userId, role: 'admin' });
  await prepare(send, 'PATCH', `/api/tenant/users/${userId}`, { role: 'readonly' });
  people.push({ name: 'read-only', role: 'viewer', inTenant: true, token, from });
  return household;
}

/** The household of one who was an editor, and is not a member any more. */
export async function householdOfRemoved(context: Context): Promise<Household> {
  const household = await openHousehold(context);
  const { send, workspaceId, people } = household;
  const { userId, token, from } = await joinBy(context, send, workspaceId, 'editor');
  // The onboarding makes a workspace, after which every service forgets the rights of its user.
  await pollUntil(
    async () =>
      listAt((await context.http.request('gateway', '/api/saga', { token, from })).json, 'sagas').find(
        (saga) => textAt(saga, 'started_by') === userId,
      ),
    (saga) => textAt(saga, 'status') === 'completed',
    context,
  );
  // A request before the removal: the rights are in every cache that there is.
  const files = await context.http.request('gateway', '/api/files', { token, from });
  if (files.status !== 200) throw new ProductFailure(`GET /api/files returned ${summary(files)}`);
  await prepare(send, 'DELETE', `/api/workspaces/${workspaceId}/members/${userId}`);
  people.push({ name: 'removed', role: undefined, inTenant: true, token, from });
  return household;
}

/** The household of those who never had a role in its workspaces. */
export async function householdOfOutsiders(context: Context): Promise<Household> {
  const household = await openHousehold(context);
  const { send, people } = household;
  const third = textAt(await prepare(send, 'POST', '/api/workspaces', { name: 'Elsewhere' }), 'id');
  const { token, from } = await joinBy(context, send, third, 'editor');
  const stranger = await context.account();
  people.push(
    { name: 'other workspace', role: undefined, inTenant: true, token, from },
    {
      name: 'other tenant',
      role: undefined,
      inTenant: false,
      token: stranger.accessToken,
      from: stranger.address,
    },
    { name: 'anonymous', role: undefined, inTenant: false, from: context.newAddress() },
  );
  return household;
}
