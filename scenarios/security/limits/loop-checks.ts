import { atMost, type CheckContext, defineCheck, equals, oneOf } from '../../../harness/engine/index.ts';
import { maxExecutionChain } from '../../../platform/contracts/automation-services/executions.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { prepare, type Send, sendAs } from '../../kit/send-as.ts';
import { listAt, textAt, valueAt } from '../../kit/shape.ts';
import { createWorkflow, endOfRun, startRun } from '../../services/workflows/workflow-runs.ts';
import { furtherSecurity } from '../check-fields.ts';
import { loopBreaks } from './loop-breaks.ts';

/** Maximum number of executions of a loop: the first one and the documented chain. Beyond, the check stops the loop. */
const endless = maxExecutionChain + 2;
/** Maximum time of a loop, milliseconds. */
const loopMs = 30_000;

export const loopsEnd = defineCheck({
  ...furtherSecurity,
  id: 'security.limits.workflow-loops-end',
  title: 'Workflows that start each other come to an end',
  failureTitle: 'Workflows start each other without end',
  why: 'Two workflows that react to each other, or one that starts itself, work for ever after one click. They fill the database and spend money until somebody notices (API4, API6, ASVS 2.4.1).',
  standards: ['ASVS 2.4.1', 'ASVS 15.2.2', 'API4', 'API6'],
  needs: [registrationWorks, 'services.automation-services.available', 'services.airtable-gateway.available'],
  services: ['gateway', 'platform-services', 'user-service', 'automation-services', 'airtable-gateway'],
  timeoutMs: 90_000,
  remediation: {
    text: 'Each execution knows how many have led to it. Beyond the limit (maxExecutionChain), a start by a request returns 409, and a workflow that watches records is paused with the reason.',
    effort: 'days',
  },
  expects: {
    chain: equals('completed'),
    byRecords: equals('paused with a reason'),
    byRecordsRuns: atMost(endless, 'executions'),
    byRequests: oneOf('ended', 'steps know no address of the platform'),
    byRequestsRuns: atMost(endless, 'executions'),
    continued: equals('active'),
  },
  breaks: loopBreaks,
  run: async (context) => {
    const send = sendAs(context, await context.account());
    const [records, requests] = await Promise.all([
      loopByRecords(context, send),
      loopByRequests(context, send),
    ]);
    return { ...records, ...requests };
  },
});

/** Number of executions of a workflow so far. */
const runsOf = async (send: Send, id: string): Promise<number> =>
  Number(valueAt((await send('GET', `/api/workflows/${id}/executions?page_size=1`)).json, 'total') ?? 0);

/** Two workflows, each of which creates a record in the table that the other one watches. */
async function loopByRecords(context: CheckContext, send: Send) {
  const fields = [{ name: 'Name', type: 'singleLineText' }];
  const base = await prepare(send, 'POST', '/api/airtable/v0/meta/bases', {
    name: context.unique('Loop'),
    workspaceId: 'default',
    tables: ['Ping', 'Pong', 'Once'].map((name) => ({ name, fields })),
  });
  const base_id = textAt(base, 'id');
  const reaction = (watched: string, written: string) => ({
    name: `${watched} to ${written}`,
    steps: [{ type: 'airtable_create', config: { base_id, table: written, fields: { Name: 'again' } } }],
    triggers: [{ type: 'record_changed', base_id, table: watched, changes: ['created'] }],
    max_retries: 0,
  });
  const ping = reaction('Ping', 'Pong');
  const workflows = [
    await createWorkflow(send, ping),
    await createWorkflow(send, reaction('Pong', 'Ping')),
  ] as const;
  try {
    await prepare(send, 'POST', `/api/airtable/v0/${base_id}/Ping`, { fields: { Name: 'first' } });
    const count = async () =>
      (await Promise.all(workflows.map((id) => runsOf(send, id)))).reduce((a, b) => a + b);
    const observe = async () => ({
      runs: await count(),
      states: await Promise.all(
        workflows.map(async (id) => (await send('GET', `/api/workflows/${id}`)).json),
      ),
    });
    const isPaused = (state: unknown) => textAt(state, 'status') === 'paused';
    const { runs, states } = await pollUntil(
      observe,
      (seen) => seen.runs > endless || seen.states.some(isPaused),
      context,
      loopMs,
    );
    const paused = states.find(isPaused);
    // The owner changes it and goes on.
    const saved = await send('PUT', `/api/workflows/${textAt(paused, 'id') || workflows[0]}`, {
      ...reaction('Once', 'Once'),
      steps: [{ type: 'log', config: { message: 'no loop' } }],
      status: 'active',
    });
    return {
      byRecords:
        paused !== undefined && /loop|in a row/.test(textAt(paused, 'paused_reason'))
          ? 'paused with a reason'
          : states.map((state) => textAt(state, 'status')).join(', '),
      byRecordsRuns: runs,
      continued: textAt(saved.json, 'status'),
    };
  } finally {
    for (const id of workflows) await send('DELETE', `/api/workflows/${id}`);
  }
}

/** A workflow that starts itself by a request to the platform. */
async function loopByRequests(context: CheckContext, send: Send) {
  const manual = { triggers: [{ type: 'manual' }], max_retries: 0 };
  const log = { type: 'log', config: { message: 'x' } };
  const last = await createWorkflow(send, { ...manual, steps: [log] });
  const id = await createWorkflow(send, { ...manual, steps: [log] });
  const starting = (origin: string, other: string) => ({
    name: 'Starts another',
    ...manual,
    steps: [
      {
        type: 'http_request',
        config: { url: `${origin}/api/workflows/${other}/execute`, method: 'POST', body: { input: {} } },
      },
    ],
  });
  // The platform knows itself by another address where it runs in containers.
  const origins = [context.stack.services.gateway, 'http://gateway:8000'];
  try {
    for (const origin of origins) {
      const child = await send('PUT', `/api/workflows/${id}`, starting(origin, last));
      if (child.status !== 200) continue;
      const first = await endOfRun(context, send, await startRun(send, id));
      if (first.status !== 'completed' && origin !== origins.at(-1)) continue;
      const ended = await pollUntil(
        () => runsOf(send, last),
        (runs) => runs > 0,
        context,
        5_000,
      );
      const before = await runsOf(send, id);
      await prepare(send, 'PUT', `/api/workflows/${id}`, starting(origin, id));
      await startRun(send, id);
      const runs = await pollUntil(
        async () =>
          listAt((await send('GET', `/api/workflows/${id}/executions?page_size=100`)).json, 'executions'),
        // The last one cannot start another: its step fails.
        (all) => all.length - before > endless || textAt(all[0], 'status') === 'failed',
        context,
        loopMs,
      );
      const started = runs.length - before;
      return {
        chain: ended > 0 ? first.status : 'started nothing',
        byRequests: textAt(runs[0], 'status') === 'failed' ? 'ended' : 'without end',
        byRequestsRuns: started,
      };
    }
    return { chain: 'completed', byRequests: 'steps know no address of the platform', byRequestsRuns: 0 };
  } finally {
    for (const one of [id, last]) await send('DELETE', `/api/workflows/${one}`);
    for (const run of listAt((await send('GET', '/api/executions?status=running')).json, 'executions'))
      await send('POST', `/api/executions/${textAt(run, 'id')}/cancel`);
  }
}
