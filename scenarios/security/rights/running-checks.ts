import { defineCheck, empty, equals, ProductFailure } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { pollUntil, type Waiting } from '../../kit/poll-until.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { listAt, textAt, valueAt } from '../../kit/shape.ts';
import { createWorkflow, endOfRun, startRun } from '../../services/workflows/workflow-runs.ts';
import { addMember, defaultWorkspace, type TenantMember } from '../administration/tenant-members.ts';
import { furtherSecurity } from '../check-fields.ts';
import { runningBreaks } from './running-breaks.ts';

/** How long the first step of each workflow takes, seconds: rights are taken away meanwhile. */
const delayS = 4;

export const rightsEndWhileRunning = defineCheck({
  ...furtherSecurity,
  id: 'security.rights.running-workflows-lose-rights-too',
  title: 'A running workflow loses the rights that its user loses',
  failureTitle: 'A workflow continues with rights that were taken away',
  controls: ['runningBefore', 'stays'],
  why: 'A workflow may run for hours. If it looks at the rights of its user only when it starts, somebody who was removed still writes (ASVS 8.3.2, 15.4.2).',
  severity: 'blocker',
  standards: ['ASVS 8.3.2', 'ASVS 8.3.3', 'ASVS 15.4.2', 'API1', 'API5'],
  needs: [registrationWorks, 'services.airtable-gateway.available', 'services.automation-services.available'],
  services: ['gateway', 'platform-services', 'user-service', 'airtable-gateway', 'automation-services'],
  timeoutMs: 60_000,
  remediation: {
    text: 'Each step gets a fresh token for its grant (createDelegatedTokens), and platform-services looks at the membership and the role again before it issues one.',
    effort: 'days',
  },
  expects: {
    runningBefore: equals([true, true, true, true]),
    stays: equals('completed'),
    removed: equals('failed'),
    lowered: equals('failed'),
    deactivated: equals('failed'),
    written: equals(['stays']),
    retried: empty(),
  },
  breaks: runningBreaks,
  run: async (context) => {
    const send = sendAs(context, await context.account());
    const workspaceId = await defaultWorkspace(send);
    const base = await prepare(send, 'POST', '/api/airtable/v0/meta/bases', {
      name: context.unique('Running'),
      workspaceId: 'default',
      tables: [{ name: 'Tasks', fields: [{ name: 'Name', type: 'singleLineText' }] }],
    });
    const base_id = textAt(base, 'id');
    const names = ['stays', 'removed', 'lowered', 'deactivated'] as const;
    const members: TenantMember[] = [];
    for (const _ of names) members.push(await addMember(context, send, { workspaceId, role: 'editor' }));
    const runs = await Promise.all(members.map((member, index) => start(member, names[index] as string)));
    const runningBefore = await Promise.all(runs.map((run) => isWaiting(context, run)));

    const [, removed, lowered, deactivated] = members as [
      TenantMember,
      TenantMember,
      TenantMember,
      TenantMember,
    ];
    const membership = `/api/workspaces/${workspaceId}/members`;
    await prepare(send, 'DELETE', `${membership}/${removed.userId}`);
    await prepare(send, 'PATCH', `${membership}/${lowered.userId}`, { role: 'viewer' });
    await prepare(send, 'POST', `/api/tenant/users/${deactivated.userId}/deactivate`);

    // The owner of the tenant sees the executions of everybody in the workspace.
    const ended = await Promise.all(runs.map(({ id }) => endOfRun(context, send, id)));
    const records = async () =>
      listAt((await send('GET', `/api/airtable/v0/${base_id}/Tasks`)).json, 'records')
        .map((record) => textAt(record, 'fields', 'Name'))
        .sort();
    // Who may only read must not start it again.
    const retry = await lowered.send('POST', `/api/executions/${runs[2]?.id}/retry`);
    const [stays, ...others] = ended.map(({ status }) => status);
    return {
      runningBefore,
      stays: stays ?? '',
      removed: others[0] ?? '',
      lowered: others[1] ?? '',
      deactivated: others[2] ?? '',
      written: await records(),
      retried: retry.status === 403 ? [] : [`retry: ${retry.status}`],
    };

    async function start({ send: act }: TenantMember, name: string) {
      const workflow = await createWorkflow(act, {
        steps: [
          { type: 'delay', config: { seconds: delayS } },
          { type: 'airtable_create', config: { base_id, table: 'Tasks', fields: { Name: name } } },
        ],
        triggers: [{ type: 'manual' }],
        max_retries: 0,
      });
      return { id: await startRun(act, workflow), send: act };
    }
  },
});

/** Whether an execution is in its first step. */
async function isWaiting(
  context: Waiting,
  { id, send }: { id: string; send: TenantMember['send'] },
): Promise<boolean> {
  const json = await pollUntil(
    async () => (await send('GET', `/api/executions/${id}`)).json,
    (one) => textAt(one, 'status') !== 'pending' && valueAt(one, 'steps', 0, 'status') !== 'pending',
    context,
  );
  if (textAt(json, 'status') === '') throw new ProductFailure(`The execution ${id} cannot be read.`);
  return textAt(json, 'status') === 'running' && valueAt(json, 'steps', 0, 'status') === 'running';
}
