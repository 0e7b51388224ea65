import { defineCheck, equals } from '../../../harness/engine/index.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { listAt, textAt } from '../../kit/shape.ts';
import { controlBreaks } from './run-breaks.ts';
import { remediation } from './run-remediation.ts';
import { createWorkflow, endOfRun, startRun, workflowCheck } from './workflow-runs.ts';

export const runsCanBeControlled = defineCheck({
  ...workflowCheck,
  id: 'services.automation-services.runs-can-be-controlled',
  title: 'Runs pause, continue and stop when asked to',
  failureTitle: 'A paused or cancelled run goes on, or a continued one does not',
  why: 'People stop a run because it does harm. The next step must not happen then.',
  remediation,
  expects: {
    paused: equals(['paused', 'pending']),
    stillPaused: equals(['paused', 0]),
    resumed: equals(['completed', 'completed', 'completed']),
    resumedEffects: equals(1),
    cancelled: equals(['cancelled', true]),
    cancelAgain: equals(409),
    pauseEnded: equals(409),
    resumeEnded: equals(409),
  },
  breaks: controlBreaks,
  async run(context) {
    const send = sendAs(context, await context.account());
    const subject = context.unique('note');
    const workflow = await createWorkflow(send, {
      steps: [
        { type: 'delay', config: { seconds: 1 } },
        { type: 'notification', config: { subject, body: '{input.n}' } },
      ],
    });
    const [first, second] = [
      await startRun(send, workflow, { n: 1 }),
      await startRun(send, workflow, { n: 2 }),
    ];
    const notes = async (n: string) =>
      listAt((await send('GET', '/api/notifications')).json, 'notifications').filter(
        (one) => textAt(one, 'subject') === subject && textAt(one, 'body') === n,
      ).length;
    await prepare(send, 'POST', `/api/executions/${first}/pause`);
    await prepare(send, 'POST', `/api/executions/${second}/cancel`);
    const states = (steps: readonly string[]) => steps.map((step) => step.split(' ')[0] ?? '');
    const paused = await pollUntil(
      async () => (await send('GET', `/api/executions/${first}`)).json,
      (one) => textAt(one, 'status') === 'paused' && textAt(one, 'steps', 0, 'status') !== 'running',
      context,
    );
    const [stateNow, notesNow] = [
      textAt((await send('GET', `/api/executions/${first}`)).json, 'status'),
      await notes('1'),
    ];
    const pausedSteps = listAt(paused, 'steps').map((step) => textAt(step, 'status'));
    // Rejected when the run was not paused, which the observations show.
    await send('POST', `/api/executions/${first}/resume`);
    const resumed = await endOfRun(context, send, first);
    const cancelled = await endOfRun(context, send, second);
    const status = async (action: string, id: string) =>
      (await send('POST', `/api/executions/${id}/${action}`)).status;
    return {
      paused: [textAt(paused, 'status'), pausedSteps[1] ?? ''],
      stillPaused: [stateNow, notesNow],
      resumed: [resumed.status, ...states(resumed.steps)],
      resumedEffects: await notes('1'),
      cancelled: [cancelled.status, (await notes('2')) === 0],
      cancelAgain: await status('cancel', second),
      pauseEnded: await status('pause', first),
      resumeEnded: await status('resume', first),
    };
  },
});
