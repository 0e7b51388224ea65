import type { CheckContext, LoadStep } from '../../../harness/engine/index.ts';
import { createVisitor, signInAtSite } from '../../frontend/visit/visitor.ts';
import { fileForm } from '../../kit/file-form.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt } from '../../kit/shape.ts';
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

async function stepsOf(context: CheckContext, { account, base }: LoadUser): Promise<LoadStep[]> {
  const send = sendAs(context, account);
  const { accessToken: token, address: from } = account;
  const own = { service: 'gateway', token, from } as const;
  const records = recordsOf(base);
  const record = textAt(await prepare(send, 'POST', records, { Name: 'Paced', Age: 1 }), 'id');
  const workspace = textAt(await prepare(send, 'GET', '/api/workspaces'), 'workspaces', 0, 'id');
  const log = [{ type: 'log', config: { message: 'paced' } }];
  const workflow = textAt(await prepare(send, 'POST', '/api/workflows', { name: 'Paced', steps: log }), 'id');
  const run = textAt(await prepare(send, 'POST', `/api/workflows/${workflow}/execute`, {}), 'id');
  const saga = textAt(
    await prepare(send, 'POST', '/api/saga/start', {
      steps: [{ step_id: 'one', service: 'user-service', action: 'ownProfile' }],
    }),
    'saga_id',
  );
  const form = fileForm('paced.txt', 'paced');
  const upload = await context.http.request('gateway', '/api/files/upload', {
    method: 'POST',
    token,
    from,
    ...form,
  });
  const file = textAt(upload.json, 'id');
  const visitor = createVisitor(context, { from });
  await signInAtSite(visitor, account);
  const cookie = visitor.setCookies.map((line) => line.split(';')[0]).join('; ');
  const get = (route: string, ids: Readonly<Record<string, string>> = {}): LoadStep => ({
    ...own,
    method: 'GET',
    path: route.replaceAll(/:(\w+)/g, (_all, name: string) => ids[name] ?? ''),
    name: `GET ${route}`,
    expectedStatuses: [200],
  });
  const post = (path: string, body: unknown): LoadStep => ({
    ...own,
    method: 'POST',
    path,
    name: `POST ${path}`,
    body,
    expectedStatuses: [200],
  });
  const inBase = { baseId: base.id, tableId: base.tableId };
  return [
    get(`${recordsRoute}/:recordId`, { ...inBase, recordId: record }),
    {
      ...own,
      method: 'PATCH',
      path: `/api/airtable/v0/${base.id}/${base.tableId}/${record}`,
      name: 'PATCH /api/airtable/v0/:baseId/:tableId/:recordId',
      body: { fields: { Age: 2 } },
      expectedStatuses: [200],
    },
    get('/api/airtable/v0/meta/bases/:baseId/tables', inBase),
    get('/api/workspaces/:id', { id: workspace }),
    get('/api/workspaces/:id/members', { id: workspace }),
    get('/api/workflows/:id', { id: workflow }),
    get('/api/executions/:id', { id: run }),
    get('/api/executions/:id/logs', { id: run }),
    get('/api/saga/:id', { id: saga }),
    get('/api/saga/:id/steps', { id: saga }),
    get('/api/files/:id', { id: file }),
    get('/api/files/:id/download', { id: file }),
    get('/api/users/:id', { id: account.userId }),
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
