import { atLeast, defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { binaryForm } from '../../kit/binary-form.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { summary } from '../../kit/response.ts';
import { prepare, type Send } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { createWorkflow, endOfRun, startRun } from '../../services/workflows/workflow-runs.ts';
import { defaultWorkspace } from '../administration/tenant-members.ts';
import { furtherSecurity } from '../check-fields.ts';
import { namedIdBreaks } from './named-ids-breaks.ts';
import { createSampleTenant, type SampleTenant, snapshot } from './sample-tenant.ts';

interface Victim extends SampleTenant {
  workspaceId: string;
  fileId: string;
  workflowId: string;
}

/** Steps of workflows that name objects of a tenant, at the top and within other steps. */
function stepsOn({ baseId, peopleId, personIds, fileId }: Victim) {
  const where = { base_id: baseId, table: peopleId };
  const query = { type: 'airtable_query', config: where };
  const update = {
    type: 'airtable_update',
    config: { ...where, record_id: personIds[0], fields: { Name: 'taken over' } },
  };
  const create = { type: 'airtable_create', config: { ...where, fields: { Name: 'taken over' } } };
  return {
    'a query': query,
    'an update': update,
    'a new record': create,
    'a query within a loop': { type: 'for_each', config: { items: [1], step: query } },
    'an update within parallel steps': { type: 'parallel', config: { steps: [update, create] } },
    'a file': { type: 'file_process', config: { file_id: fileId } },
  } as const;
}

/** Steps of sagas that name them. */
const sagaSteps = ({ baseId, peopleId, personIds }: Victim) => ({
  'tables by a saga': { action: 'listTables', payload: { params: { baseId } } },
  'records by a saga': {
    action: 'listRecords',
    payload: { params: { baseId, tableIdOrName: peopleId } },
  },
  'a deletion by a saga': {
    action: 'deleteRecord',
    payload: { params: { baseId, tableIdOrName: peopleId, recordId: personIds[1] } },
  },
});

/** Requests that name the workspace or an object of a tenant in the body, the query or a header. */
function requestsOn({ workspaceId, baseId, workflowId, account }: Victim) {
  const steps = [{ type: 'log', config: { message: 'x' } }];
  const workflow = { name: 'Spy', steps, triggers: [{ type: 'manual' }] };
  const tables = [{ name: 'Spy', fields: [{ name: 'Name', type: 'singleLineText' }] }];
  const list: readonly (readonly [name: string, method: string, path: string, body?: unknown])[] = [
    ['a workflow in the workspace', 'POST', '/api/workflows', { ...workflow, workspace_id: workspaceId }],
    ['a base in the workspace', 'POST', '/api/airtable/v0/meta/bases', { name: 'Spy', workspaceId, tables }],
    [
      'a member of the workspace',
      'POST',
      `/api/workspaces/${workspaceId}/members`,
      { user_id: account.userId, role: 'viewer' },
    ],
    [
      'a saga in the workspace',
      'POST',
      '/api/saga/start',
      {
        workspace_id: workspaceId,
        steps: [{ step_id: 'me', service: 'airtable-gateway', action: 'whoami' }],
      },
    ],
    ['a sync of the base', 'POST', '/api/airtable/sync', { base_id: baseId }],
    ['syncs of several bases', 'POST', '/api/airtable/sync', { base_id: baseId, base_ids: [baseId] }],
    ['syncs of the base', 'GET', `/api/airtable/sync/logs?base_id=${baseId}`],
    ['the workflow by its query', 'GET', `/api/executions?workflow_id=${workflowId}`],
    ['files of the workspace', 'GET', `/api/files?workspace_id=${workspaceId}`],
    ['workflows of the workspace', 'GET', `/api/workflows?workspace_id=${workspaceId}`],
    [
      'workflows of both workspaces',
      'GET',
      `/api/workflows?workspace_id=${workspaceId}&workspace_id=${workspaceId}`,
    ],
    ['sagas of the workspace', 'GET', `/api/saga?workspace_id=${workspaceId}`],
  ];
  return list;
}

export const namedIdsJudged = defineCheck({
  ...furtherSecurity,
  id: 'security.tenants.ids-in-bodies-are-judged',
  title: 'Ids in bodies, steps, queries and headers are judged too',
  failureTitle: 'An id of another tenant works in a body, step or query',
  controls: ['ownShut', 'ownRuns', 'tried'],
  why: 'The guard of a route looks at its path. An id in the body, or in a step that runs later, needs its own judgement, where the request itself names nothing foreign (API1, ASVS 8.2.2).',
  severity: 'blocker',
  standards: ['ASVS 8.2.2', 'ASVS 8.3.3', 'ASVS 8.4.1', 'API1'],
  needs: [
    registrationWorks,
    'services.airtable-gateway.available',
    'services.automation-services.available',
    'services.file-service.available',
    'services.saga-service.available',
  ],
  services: [
    'gateway',
    'platform-services',
    'user-service',
    'airtable-gateway',
    'automation-services',
    'file-service',
    'saga-service',
  ],
  users: 2,
  timeoutMs: 90_000,
  remediation: {
    text: 'A line names the request or step. Steps act with the token of their user, never with a key of the service; workspaceOf of the service judges ids of bodies and queries.',
    effort: 'days',
  },
  expects: {
    served: empty(),
    shown: empty(),
    ran: empty(),
    byHeader: empty(),
    watched: equals(0),
    watchedByOwner: equals(1),
    changed: equals(false),
    ownShut: empty(),
    ownRuns: empty(),
    tried: atLeast(21, 'requests and steps'),
  },
  breaks: namedIdBreaks,
  run: async (context) => {
    const [own, other] = await Promise.all([createSampleTenant(context), createSampleTenant(context)]);
    const objectsOf = async (tenant: SampleTenant): Promise<Victim> => {
      const { account, send } = tenant;
      const upload = await context.http.request('gateway', '/api/files/upload', {
        method: 'POST',
        token: account.accessToken,
        from: account.address,
        ...binaryForm(`${tenant.secret}.txt`, Buffer.from(tenant.secret)),
      });
      return {
        ...tenant,
        workspaceId: await defaultWorkspace(send),
        fileId: textAt(upload.json, 'id'),
        workflowId: await createWorkflow(send, {
          name: tenant.secret,
          steps: [{ type: 'log', config: { message: tenant.secret } }],
          triggers: [{ type: 'manual' }],
        }),
      };
    };
    const [mine, victim] = [await objectsOf(own), await objectsOf(other)];
    const before = await snapshot(victim);
    const served: string[] = [];
    const shown: string[] = [];
    const foreign = [victim.secret, victim.fileId, victim.workflowId, victim.personIds[0] as string];
    const look = (name: string, text: string) => {
      if (foreign.some((one) => text.includes(one))) shown.push(name);
    };
    const requests = requestsOn(victim);
    for (const [name, method, path, body] of requests) {
      const response = await own.send(method, path, body);
      // A list may be empty; nothing else may succeed.
      if (response.status < 300 && method !== 'GET') served.push(`${name}: ${summary(response)}`);
      if (response.status >= 500) served.push(`${name}: ${summary(response)}`);
      look(
        name,
        path.includes(victim.workflowId) ? response.text.replaceAll(victim.workflowId, '') : response.text,
      );
    }
    const byHeader: string[] = [];
    for (const headers of [
      { 'x-tenant-id': victim.account.tenantId, 'x-workspace-id': victim.workspaceId },
      { 'x-user-id': victim.account.userId, 'x-organization-id': victim.account.tenantId },
    ]) {
      for (const path of ['/api/files', '/api/workflows', '/api/workspaces', '/api/airtable/v0/meta/bases']) {
        const { text } = await context.http.request('gateway', path, {
          token: own.account.accessToken,
          from: own.account.address,
          headers,
        });
        if (
          [victim.secret, victim.workspaceId, victim.fileId, victim.workflowId].some((one) =>
            text.includes(one),
          )
        )
          byHeader.push(`${path} with ${Object.keys(headers).join(' and ')}`);
      }
    }
    const runs = { ...stepsOn(victim) };
    const ran: string[] = [];
    const workflows = await Promise.all(
      Object.entries(runs).map(async ([name, step]) => [name, await runSteps(own.send, step)] as const),
    );
    for (const [name, run] of workflows) {
      const { state, text } = typeof run === 'string' ? { state: run, text: '' } : await ended(run);
      if (state === 'completed') ran.push(`${name} of a workflow: ${state}`);
      look(`${name} of a workflow`, text);
    }
    for (const [name, step] of Object.entries(sagaSteps(victim))) {
      const { state, text } = await runSaga(own.send, step);
      if (state === 'completed') ran.push(`${name}: ${state}`);
      look(name, text);
    }
    const changed = (await snapshot(victim)) !== before;
    const { watched, watchedByOwner } = await watchBase();

    // The same with the caller's own objects: what never works would prove nothing.
    const ownShut: string[] = [];
    for (const [name, method, path, body] of requestsOn(mine).filter(([name]) => !uncontrolled.has(name))) {
      const response = await own.send(method, path, body);
      if (response.status >= 300) ownShut.push(`${name}: ${summary(response)}`);
    }
    const ownRuns: string[] = [];
    for (const [name, step] of Object.entries(stepsOn(mine))) {
      const run = await runSteps(own.send, step);
      const { state } = typeof run === 'string' ? { state: run } : await ended(run);
      if (state !== 'completed') ownRuns.push(`${name} of a workflow: ${state}`);
    }
    for (const [name, step] of Object.entries(sagaSteps(mine))) {
      const { state } = await runSaga(own.send, step);
      if (state !== 'completed') ownRuns.push(`${name}: ${state}`);
    }
    return {
      served,
      shown,
      ran,
      byHeader,
      watched,
      watchedByOwner,
      changed,
      ownShut,
      ownRuns,
      tried: requests.length + Object.keys(runs).length + Object.keys(sagaSteps(victim)).length,
    };

    /** Both watch the victim's base; a record is created in it. @returns how often each workflow has started */
    async function watchBase(): Promise<{ watched: number; watchedByOwner: number }> {
      const watching = {
        name: 'Watching',
        steps: [{ type: 'log', config: { message: '{input.changes}' } }],
        triggers: [{ type: 'record_changed', base_id: victim.baseId }],
      };
      // Like one for a base that does not exist, it may be stored, but never starts.
      const spy = await own.send('POST', '/api/workflows', watching);
      const control = await createWorkflow(other.send, watching);
      await prepare(other.send, 'POST', `/api/airtable/v0/${victim.baseId}/People`, {
        fields: { Name: 'Watched' },
      });
      const runsOf = async (send: Send, id: string) =>
        Number(valueAt((await send('GET', `/api/workflows/${id}/executions`)).json, 'total') ?? 0);
      const watchedByOwner = await pollUntil(
        () => runsOf(other.send, control),
        (runs) => runs > 0,
        context,
      );
      return {
        watched: spy.status === 201 ? await runsOf(own.send, textAt(spy.json, 'id')) : 0,
        watchedByOwner,
      };
    }

    /** Starts a workflow of one step. @returns its execution, or why there is none */
    async function runSteps(send: Send, step: object): Promise<string | { id: string }> {
      const workflow = { name: 'Named', steps: [step], triggers: [{ type: 'manual' }], max_retries: 0 };
      const made = await send('POST', '/api/workflows', workflow);
      if (made.status >= 300) return `rejected with ${made.status}`;
      return { id: await startRun(send, textAt(made.json, 'id')) };
    }

    async function ended({ id }: { id: string }): Promise<{ state: string; text: string }> {
      const { json, status } = await endOfRun(context, own.send, id);
      return { state: status, text: JSON.stringify(json) };
    }

    async function runSaga(send: Send, step: object): Promise<{ state: string; text: string }> {
      const body = { steps: [{ step_id: 'named', service: 'airtable-gateway', ...step }] };
      const started = await send('POST', '/api/saga/start', body);
      if (started.status >= 300) return { state: `rejected with ${started.status}`, text: started.text };
      const path = `/api/saga/${textAt(started.json, 'saga_id')}`;
      const saga = await pollUntil(
        async () => (await prepare(send, 'GET', path)) as object,
        (json) => !/^(?:pending|running|compensating)$/.test(textAt(json, 'status')),
        context,
      );
      const steps = await send('GET', `${path}/steps`);
      return { state: textAt(saga, 'status'), text: JSON.stringify(saga) + steps.text };
    }
  },
});

/** Requests that do not work for an owner either: already a member, a field that no route has, a parameter twice. */
const uncontrolled: ReadonlySet<string> = new Set([
  'a member of the workspace',
  'syncs of several bases',
  'workflows of both workspaces',
]);
