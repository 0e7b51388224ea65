import type { CheckContext, LoadStep } from '../../../harness/engine/index.ts';
import { createVisitor, signInAtSite } from '../../frontend/visit/visitor.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt } from '../../kit/shape.ts';
import { addMember, defaultWorkspace } from '../../security/administration/tenant-members.ts';
import { createBase, createObjects } from '../../security/rights/objects.ts';
import { namesAbsent, objectRoutes, requestFor } from '../../security/rights/route-request.ts';
import { type LoadUser, recordsOf, recordsRoute } from './user-mix.ts';

/** A route of one object, with the path for the object of one user. */
export interface ObjectStep {
  step: LoadStep;
  user: LoadUser;
}

/**
 * Creates one object of each kind for each user: most routes name one, and those that do not say nothing about them.
 * @returns requests that read or change these objects
 */
export async function objectSteps(context: CheckContext, users: readonly LoadUser[]): Promise<ObjectStep[]> {
  const steps = await Promise.all(
    users.map(async (user) => (await stepsOf(context, user)).map((step) => ({ step, user }))),
  );
  return steps.flat();
}

async function stepsOf(context: CheckContext, user: LoadUser): Promise<LoadStep[]> {
  const { account, base } = user;
  const send = sendAs(context, account);
  const { accessToken: token, address: from } = account;
  const own = { service: 'gateway', token, from } as const;
  const records = recordsOf(base);
  const record = textAt(await prepare(send, 'POST', records, { Name: 'Paced', Age: 1 }), 'id');
  const visitor = createVisitor(context, { from });
  await signInAtSite(visitor, account);
  const cookie = visitor.setCookies.map((line) => line.split(';')[0]).join('; ');
  const post = (path: string, body: unknown): LoadStep => ({
    ...own,
    method: 'POST',
    path,
    name: `POST ${path}`,
    body,
    expectedStatuses: [200],
  });
  return [
    ...(await readsOf(context, user)),
    {
      ...own,
      method: 'PATCH',
      path: `/api/airtable/v0/${base.id}/${base.tableId}/${record}`,
      name: 'PATCH /api/airtable/v0/:baseId/:tableId/:recordId',
      body: { fields: { Age: 2 } },
      expectedStatuses: [200],
    },
    post('/api/mcp/tools/call', { name: 'list_bases', arguments: {} }),
    post('/api/execute-tool', { tool_name: 'list_bases', arguments: {} }),
    {
      service: 'frontend',
      method: 'GET',
      path: '/dashboard',
      name: 'GET /dashboard (page)',
      headers: { cookie },
      from,
      expectedStatuses: [200],
    },
  ];
}

/** Routes that cannot be repeated, or that are measured with more objects. */
const excluded: ReadonlySet<string> = new Set(['GET /api/auth/exports/:id/download', `GET ${recordsRoute}`]);

/** Routes of Airtable clients that name a base. */
const limitedByBase = /\/v0\/.*:baseId/;

/** One request for each route that reads an object. */
async function readsOf(context: CheckContext, { account }: LoadUser): Promise<LoadStep[]> {
  const send = sendAs(context, account);
  const workspaceId = await defaultWorkspace(send);
  const second = await prepare(send, 'POST', '/api/workspaces', { name: 'Paced' });
  const guest = await addMember(context, send, { workspaceId, role: 'viewer' });
  const objects = await createObjects(context, {
    owner: account,
    send,
    workspaceId,
    secondId: textAt(second, 'id'),
    guestId: guest.userId,
    people: [],
  });
  // The text of a file exists only after it was processed.
  await prepare(send, 'POST', `/api/files/${objects.file}/process`);
  await pollUntil(
    () => send('GET', `/api/files/${objects.file}/extract`),
    ({ status }) => status === 200,
    context,
  );
  const routes = objectRoutes()
    .filter(({ spec, path }) => spec.method === 'GET' && !excluded.has(`GET ${path}`))
    .filter((route) => !namesAbsent(route, objects));
  const steps: LoadStep[] = [];
  for (const route of routes) {
    // The limit per base makes requests of Airtable clients wait, so each of their routes has a base of its own.
    const own = limitedByBase.test(route.path) ? { ...objects, ...(await createBase({ send })) } : objects;
    const request = requestFor(route, own);
    if (typeof request === 'string') throw new Error(request);
    steps.push({
      service: 'gateway',
      token: account.accessToken,
      from: account.address,
      method: 'GET',
      path: request.path,
      name: `GET ${route.path}`,
      expectedStatuses: [route.spec.success.status],
    });
  }
  return steps;
}
