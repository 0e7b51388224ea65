import { defineCheck, equals } from '../../../harness/engine/index.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt } from '../../kit/shape.ts';
import { rowsOf } from '../tools/stock.ts';
import { endBreaks } from './run-breaks.ts';
import { remediation } from './run-remediation.ts';
import { createWorkflow, endOfRun, startRun, workflowCheck } from './workflow-runs.ts';

export const failuresEndRuns = defineCheck({
  ...workflowCheck,
  id: 'services.automation-services.failed-steps-fail-the-run',
  title: 'A run is completed only if all of its steps are',
  failureTitle: 'A run with a failed step counts as completed',
  why: 'Nobody looks into a run that says completed. Work that was left out is then found by the customer.',
  remediation,
  expects: {
    failed: equals(['failed', 'completed 1', 'failed 1', 'skipped 0']),
    failedCounts: equals([2, 1, 1]),
    reason: equals(true),
    effects: equals(['after continue', 'before continue', 'before fail']),
    continued: equals(['completed', 'completed 1', 'failed 1', 'completed 1']),
    continuedCounts: equals([3, 2, 1]),
    inLoop: equals('failed'),
    inParallel: equals('failed'),
    stopped: equals(['completed', 'completed 1', 'skipped 0']),
    timedOut: equals('failed'),
    retried: equals(['completed', 'completed 1', 'completed 1', 'completed 1']),
    retriedEffects: equals(['after retry', 'before retry']),
  },
  breaks: endBreaks,
  async run(context) {
    const send = sendAs(context, await context.account());
    const base = await prepare(send, 'POST', '/api/airtable/v0/meta/bases', {
      name: 'Runs',
      workspaceId: 'default',
      tables: [{ name: 'Effects', fields: [{ name: 'Name', type: 'singleLineText' }] }],
    });
    const [base_id, table] = [textAt(base, 'id'), textAt(base, 'tables', 0, 'id')];
    const note = (Name: string, where = table) => ({
      type: 'airtable_create',
      config: { base_id, table: where, fields: { Name } },
    });
    const bad = note('never', 'Missing');
    const run = async (steps: object[], more: object = {}) => {
      const workflow = await createWorkflow(send, { steps, max_retries: 0, ...more });
      return { id: await startRun(send, workflow), workflow };
    };
    const runs = {
      failed: await run([note('before fail'), bad, note('after fail')]),
      continued: await run([
        note('before continue'),
        { ...bad, continue_on_error: true },
        note('after continue'),
      ]),
      inLoop: await run([
        { type: 'for_each', config: { items: ['a', 'b'], step: { type: bad.type, config: bad.config } } },
      ]),
      inParallel: await run([
        {
          type: 'parallel',
          config: {
            steps: [
              { type: 'log', config: { message: 'fine' } },
              { type: bad.type, config: bad.config },
            ],
          },
        },
      ]),
      stopped: await run([
        { type: 'conditional', config: { expression: '`false`', otherwise: 'stop' } },
        note('after stop'),
      ]),
      timedOut: await run([{ type: 'delay', config: { seconds: 20 } }], { timeout: 1 }),
    };
    const ends = Object.fromEntries(
      await Promise.all(
        Object.entries(runs).map(
          async ([name, { id }]) => [name, await endOfRun(context, send, id)] as const,
        ),
      ),
    );
    const names = async () =>
      (await rowsOf(send, { id: base_id }, table)).map(({ Name }) => String(Name)).sort();
    const effects = await names();
    const second = await run([note('before retry'), note('middle', 'Late'), note('after retry')]);
    await endOfRun(context, send, second.id);
    await prepare(send, 'POST', `/api/airtable/v0/meta/bases/${base_id}/tables`, {
      name: 'Late',
      fields: [{ name: 'Name', type: 'singleLineText' }],
    });
    // Rejected when the run counts as completed, which the observations show.
    await send('POST', `/api/executions/${second.id}/retry`, {});
    const retried = await endOfRun(context, send, second.id);
    const statusOf = (name: string) => ends[name]?.status ?? '';
    return {
      failed: [statusOf('failed'), ...(ends.failed?.steps ?? [])],
      failedCounts: ends.failed?.counts ?? [],
      reason: textAt(ends.failed?.json, 'error') !== '' && textAt(ends.failed?.step(1), 'error') !== '',
      effects,
      continued: [statusOf('continued'), ...(ends.continued?.steps ?? [])],
      continuedCounts: ends.continued?.counts ?? [],
      inLoop: statusOf('inLoop'),
      inParallel: statusOf('inParallel'),
      stopped: [statusOf('stopped'), ...(ends.stopped?.steps ?? [])],
      timedOut: statusOf('timedOut'),
      retried: [retried.status, ...retried.steps],
      retriedEffects: (await names()).filter((name) => name.endsWith('retry')),
    };
  },
});
