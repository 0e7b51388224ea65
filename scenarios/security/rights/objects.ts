import { type CheckContext, ProductFailure } from '../../../harness/engine/index.ts';
import { fileForm } from '../../kit/file-form.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { summary } from '../../kit/response.ts';
import { prepare } from '../../kit/send-as.ts';
import { textAt } from '../../kit/shape.ts';
import { watchRecords } from '../tenants/sample-tenant.ts';
import type { Household } from './people.ts';

/** One object of every kind, all created by the owner of a household, by the name of its kind. */
export interface Objects {
  workspace: string;
  owner: string;
  guest: string;
  base: string;
  table: string;
  field: string;
  records: readonly string[];
  comment: string;
  webhook: string;
  sync: string;
  file: string;
  workflow: string;
  execution: string;
  template: string;
  notification: string;
  saga: string;
  invitation: string;
  session: string;
  token: string;
  conversation: string;
  grant: string;
  export: string;
  /** Kinds that the owner has none of: conversations need the language model. */
  absent: ReadonlySet<string>;
}

/** Stands for an object that does not exist. */
const nothing = '00000000-0000-4000-8000-000000000000';

type Context = Pick<CheckContext, 'http' | 'patience' | 'signal' | 'unique'>;

/** Records of the base: routes that delete take one each. */
const recordCount = 6;

/** A base with records, a comment, a webhook and a sync. */
export async function createBase({ send }: Pick<Household, 'send'>) {
  const base = await prepare(send, 'POST', '/api/airtable/v0/meta/bases', {
    name: 'Rights',
    workspaceId: 'default',
    tables: [{ name: 'Tasks', fields: [{ name: 'Name', type: 'singleLineText' }] }],
  });
  const [id, table] = [textAt(base, 'id'), textAt(base, 'tables', 0, 'id')];
  const created = await prepare(send, 'POST', `/api/airtable/v0/${id}/${table}`, {
    records: Array.from({ length: recordCount }, (_, index) => ({ fields: { Name: `Task ${index}` } })),
  });
  const records = Array.from({ length: recordCount }, (_, index) => textAt(created, 'records', index, 'id'));
  const comments = `/api/airtable/v0/${id}/${table}/${records[0]}/comments`;
  const comment = await prepare(send, 'POST', comments, { text: 'By the owner' });
  const webhook = await prepare(send, 'POST', `/api/airtable/v0/bases/${id}/webhooks`, {
    specification: watchRecords,
  });
  const sync = await prepare(send, 'POST', '/api/airtable/sync', { base_id: id });
  return {
    base: id,
    table,
    field: textAt(base, 'tables', 0, 'fields', 0, 'id'),
    records,
    comment: textAt(comment, 'id'),
    webhook: textAt(webhook, 'id'),
    sync: textAt(sync, 'sync_id'),
  };
}

async function uploadFile({ http }: Context, { owner }: Household): Promise<string> {
  const upload = await http.request('gateway', '/api/files/upload', {
    method: 'POST',
    token: owner.accessToken,
    from: owner.address,
    ...fileForm('rights.txt', 'of the owner'),
  });
  if (upload.status !== 201) throw new ProductFailure(`POST /api/files/upload returned ${summary(upload)}`);
  return textAt(upload.json, 'id');
}

/** A workflow with a webhook that has run once and has notified the owner. */
async function runWorkflow(context: Context, { send }: Household) {
  const steps = [{ type: 'notification', config: { subject: 'Rights', body: 'From the workflow' } }];
  const body = { name: 'Rights', steps, triggers: [{ type: 'manual' }, { type: 'webhook' }] };
  const workflow = textAt(await prepare(send, 'POST', '/api/workflows', body), 'id');
  await prepare(send, 'POST', `/api/workflows/${workflow}/webhook`);
  const started = await prepare(send, 'POST', `/api/workflows/${workflow}/execute`, { input: {} });
  const execution = textAt(started, 'id');
  const ended = await pollUntil(
    async () => (await send('GET', `/api/executions/${execution}`)).text,
    (text) => /"status":"(?:completed|failed)"/.test(text),
    context,
  );
  if (!ended.includes('"status":"completed"'))
    throw new ProductFailure(`the workflow has not completed: ${ended}`);
  const notifications = await prepare(send, 'GET', '/api/notifications');
  return { workflow, execution, notification: textAt(notifications, 'notifications', 0, 'id') };
}

/** The saga of the owner's own registration, when it has ended. */
async function endedSaga(context: Context, { send, owner }: Household): Promise<string> {
  const own = await pollUntil(
    async () => {
      const { sagas } = (await prepare(send, 'GET', '/api/saga')) as {
        sagas: { saga_id: string; started_by: string; status: string }[];
      };
      return sagas.find(({ started_by }) => started_by === owner.userId);
    },
    (saga) => saga?.status === 'completed',
    context,
  );
  return own?.saga_id ?? '';
}

/** A session beside the one that the owner uses. */
async function secondSession({ http }: Context, { owner, send }: Household): Promise<string> {
  const { email, password, address } = owner;
  const login = await http.request('gateway', '/api/auth/login', {
    method: 'POST',
    from: address,
    body: { email, password },
  });
  if (login.status !== 200) throw new ProductFailure(`POST /api/auth/login returned ${summary(login)}`);
  const listed = (await prepare(send, 'GET', '/api/auth/sessions')) as {
    sessions: { id: string; current: boolean }[];
  };
  return listed.sessions.find(({ current }) => !current)?.id ?? '';
}

/** Starts a conversation. Undefined when no model is configured. */
async function startConversation({ send }: Household): Promise<string | undefined> {
  const response = await send('POST', '/api/chat', { message: 'Hello' });
  return response.status === 200 ? textAt(response.json, 'session_id') : undefined;
}

/** An export of the owner's data, when it is ready: its state does not change any more by itself. */
async function makeExport(context: Context, { send, owner }: Household): Promise<string> {
  const ordered = await prepare(send, 'POST', '/api/auth/export', { current_password: owner.password });
  const id = textAt(ordered, 'id');
  await pollUntil(
    async () => textAt(await prepare(send, 'GET', `/api/auth/exports/${id}`), 'status'),
    (status) => status !== 'pending',
    context,
  );
  return id;
}

/** The grant by which a workflow that messages start acts for the owner. No route of the matrix changes that workflow. */
async function workflowGrant({ send }: Household): Promise<string> {
  const workflow = await prepare(send, 'POST', '/api/workflows', {
    name: 'Granted',
    steps: [{ type: 'log', config: { message: 'granted' } }],
    triggers: [{ type: 'webhook' }],
  });
  const { grants } = (await prepare(send, 'GET', '/api/auth/grants')) as {
    grants: { id: string; run_id: string }[];
  };
  return grants.find(({ run_id }) => run_id === textAt(workflow, 'id'))?.id ?? '';
}

/** @throws ProductFailure when the owner cannot create one of the objects */
export async function createObjects(context: Context, household: Household): Promise<Objects> {
  const { send, owner, secondId, guestId } = household;
  await prepare(send, 'GET', '/api/users/me');
  const [base, file, flow, saga, session, conversation, grant] = await Promise.all([
    createBase(household),
    uploadFile(context, household),
    runWorkflow(context, household),
    endedSaga(context, household),
    secondSession(context, household),
    startConversation(household),
    workflowGrant(household),
  ]);
  const template = await prepare(send, 'POST', '/api/templates', {
    name: context.unique('template'),
    category: 'readiness',
    steps: [{ type: 'log', config: { message: 'of the owner' } }],
  });
  const token = await prepare(send, 'POST', '/api/auth/tokens', {
    name: 'Rights',
    scopes: ['data.records:read'],
  });
  const invitation = await prepare(send, 'POST', `/api/workspaces/${secondId}/invitations`, {
    email: `${context.unique('invited')}@readiness.example`,
    role: 'viewer',
  });
  const objects: Objects = {
    ...base,
    ...flow,
    file,
    saga,
    session,
    conversation: conversation ?? nothing,
    grant,
    absent: new Set(conversation ? [] : ['conversation']),
    export: await makeExport(context, household),
    invitation: textAt(invitation, 'id'),
    workspace: secondId,
    owner: owner.userId,
    guest: guestId,
    template: textAt(template, 'id'),
    token: textAt(token, 'id'),
  };
  const missing = Object.entries(objects).flatMap(([kind, id]) => (id === '' ? [kind] : []));
  if (missing.length > 0) throw new ProductFailure(`the owner has no ${missing.join(', no ')}`);
  return objects;
}
