import { defineCheck, equals, type Json } from '../../../harness/engine/index.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { asJson, listAt, textAt, valueAt } from '../../kit/shape.ts';
import { statsBreaks } from './run-breaks.ts';
import { createWorkflow, endOfRun, startRun, workflowCheck } from './workflow-runs.ts';

export const workflowStatsCount = defineCheck({
  ...workflowCheck,
  id: 'services.automation-services.values-of-statistics',
  title: 'Workflow lists, pages and statistics count right',
  failureTitle: 'Workflow lists, pages or statistics are wrong',
  why: 'Operators trust these numbers. A counter that stays at zero hides that nothing works.',
  remediation: {
    text: 'workflows/workflows.ts and executions/read-executions.ts of automation-services have the queries.',
    effort: 'hours',
  },
  expects: {
    stats: equals({
      workflows: 4,
      by_status: { active: 2, paused: 1, inactive: 1 },
      executions: 3,
      executions_by_status: { completed: 2, failed: 1 },
    }),
    workflow: equals([3, 2, 1]),
    pages: equals([['d', 'c'], ['b', 'a'], [], 4]),
    filtered: equals([['c'], ['d'], ['b', 'a']]),
    executions: equals([3, 2, 1, ['failed']]),
    ofWorkflow: equals([3, 0]),
    inputs: equals([1, 2, 3]),
    stranger: equals([0, 0, 0]),
    notifications: equals([
      ['n3', 'n2'],
      ['n1', 'Welcome'],
      [true, false],
    ]),
  },
  breaks: statsBreaks,
  async run(context) {
    const [owner, other] = [await context.account(), await context.account()];
    const [send, foreign] = [sendAs(context, owner), sendAs(context, other)];
    const read = async (path: string, act = send) => (await act('GET', path)).json;
    // The welcome comes with the onboarding of the account.
    await pollUntil(
      async () => listAt(await read('/api/notifications'), 'notifications').length,
      (length) => length > 0,
      context,
    );
    const steps = [
      { type: 'conditional', config: { expression: 'input.n < `3`', otherwise: 'continue' } },
      { type: 'notification', config: { subject: 'n{input.n}' } },
      { type: 'data_transform', config: { source: '{input.n}', expression: '@' } },
    ];
    const failing = {
      type: 'airtable_query',
      config: { base_id: 'appDoesNotExist00', table: '{input.table}' },
    };
    const id = await createWorkflow(send, { name: 'a', steps, max_retries: 0 });
    const runs: string[] = [];
    for (const n of [1, 2]) {
      const run = await startRun(send, id, { n });
      runs.push(run);
      await endOfRun(context, send, run);
    }
    await prepare(send, 'PUT', `/api/workflows/${id}`, {
      name: 'a',
      steps: [...steps, failing],
      max_retries: 0,
    });
    const last = await startRun(send, id, { n: 3, table: 'x' });
    runs.push(last);
    await endOfRun(context, send, last);
    await createWorkflow(send, { name: 'b', steps });
    await createWorkflow(send, { name: 'c', steps, status: 'paused' });
    await createWorkflow(send, { name: 'd', steps, status: 'inactive' });
    const names = async (query: string) =>
      listAt(await read(`/api/workflows?${query}`), 'workflows').map((one) => textAt(one, 'name'));
    const whole = await read(`/api/workflows/${id}`);
    const counts = ['executions', 'successful_executions', 'failed_executions'];
    const executions = async (query: string) => await read(`/api/executions?${query}`);
    const b = listAt(await read('/api/workflows?status=active'), 'workflows').find(
      (one) => textAt(one, 'name') === 'b',
    );
    const total = (body: unknown) => Number(valueAt(body, 'total'));
    const notes = async (page: number) =>
      listAt(await read(`/api/notifications?page=${page}&page_size=2`), 'notifications');
    const [newest, older] = [await notes(1), await notes(2)];
    await prepare(send, 'POST', `/api/notifications/${textAt(newest[0], 'id')}/read`);
    const reread = await notes(1);
    const inputs: Json[] = [];
    for (const run of runs) inputs.push(asJson(valueAt(await read(`/api/executions/${run}`), 'input', 'n')));
    const foreignStats = await read('/api/workflows/stats/summary', foreign);
    return {
      stats: asJson(withoutZeros(await read('/api/workflows/stats/summary'))),
      workflow: counts.map((name) => Number(valueAt(whole, name))),
      pages: [
        await names('page=1&page_size=2'),
        await names('page=2&page_size=2'),
        await names('page=3&page_size=2'),
        total(await read('/api/workflows?page_size=1')),
      ],
      filtered: [await names('status=paused'), await names('status=inactive'), await names('status=active')],
      executions: [
        total(await executions('')),
        total(await executions('status=completed')),
        total(await executions('status=failed')),
        listAt(await executions('page=1&page_size=1'), 'executions').map((one) => textAt(one, 'status')),
      ],
      ofWorkflow: [
        total(await read(`/api/workflows/${id}/executions`)),
        total(await read(`/api/workflows/${textAt(b, 'id')}/executions`)),
      ],
      inputs,
      stranger: [
        Number(valueAt(foreignStats, 'workflows')),
        Number(valueAt(foreignStats, 'executions')),
        total(await read('/api/workflows', foreign)),
      ],
      notifications: [
        newest.map((one) => textAt(one, 'subject')),
        older.map((one) => textAt(one, 'subject')),
        reread.map((one) => valueAt(one, 'read') === true),
      ],
    };
  },
});

/** Counts of a record without those that are 0: whether these are named is not fixed. */
function withoutZeros(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, count]) => count !== 0)
      .map(([name, count]) => [name, withoutZeros(count)]),
  );
}
