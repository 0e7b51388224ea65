// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of steps
import { defineCheck, equals, scriptedMessage } from '../../../harness/engine/index.ts';
import { serviceNames } from '../../../platform/contracts/service.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { changesIn, createRecord, endOf, startSaga, watchedBase } from '../../services/sagas/saga.ts';
import { createWorkflow, endOfRun, startRun } from '../../services/workflows/workflow-runs.ts';

/** How long the step takes during which the services crash, milliseconds. */
const stepMs = 1_500;

export const flowsContinue = defineCheck({
  id: 'infrastructure.service-outage.flows-continue',
  title: 'A saga and a workflow continue after a crash',
  failureTitle: 'A saga or a workflow that ran during a crash never ends, or repeats its steps',
  why: 'Every crash and every deployment meets running sagas and workflows. One that stays half done is found by the customer.',
  category: 'infrastructure',
  severity: 'high',
  needs: [registrationWorks, ...serviceNames.map(readyCheckId)],
  services: serviceNames,
  requires: ['node-restart', 'model-server'],
  isolation: 'drill',
  timeoutMs: 90_000,
  remediation: {
    text: 'platform/kit/durable takes over the runs of dead processes: see saga_runs.workflow_status and automation_runs.workflow_status.',
    effort: 'days',
  },
  expects: {
    runningBefore: equals([true, true]),
    back: equals([true, true]),
    saga: equals(['completed', '+one', '+two']),
    workflow: equals(['completed', '+one', '+two']),
  },
  breaks: [
    {
      defect: 'Nobody takes over the runs of a process that has crashed.',
      changes: [
        {
          kind: 'source',
          file: 'platform/kit/durable/take-over.ts',
          find: 'const pending = await pendingRuns();',
          replace: 'const pending = await pendingRuns(deps.executor);',
        },
      ],
      violates: ['saga', 'workflow'],
    },
  ],
  async run(context) {
    const { signal } = context;
    const send = sendAs(context, await context.account());
    const [base, other] = [await watchedBase(send), await watchedBase(send)];
    const note = (Name: string) => ({
      type: 'airtable_create',
      config: { base_id: other.id, table: other.table, fields: { Name } },
    });
    const message = scriptedMessage(context.unique('crash'), {
      replies: [{ text: 'slow', delayMs: stepMs }],
    });
    const saga = await startSaga(send, {
      steps: [
        createRecord('one', base),
        { step_id: 'slow', service: 'llm-orchestrator', action: 'chat', payload: { body: { message } } },
        createRecord('two', base),
      ],
    });
    const workflow = await createWorkflow(send, {
      steps: [note('one'), { type: 'delay', config: { seconds: stepMs / 1000 } }, note('two')],
    });
    const run = await startRun(send, workflow);
    const second = async (path: string) =>
      textAt(valueAt((await send('GET', path)).json, 'steps', 1), 'status');
    const running = await pollUntil(
      () => Promise.all([second(`/api/saga/${saga}/steps`), second(`/api/executions/${run}`)]),
      (states) => states.every((state) => state === 'running'),
      context,
      stepMs,
    );
    const drill = context.restarts();
    const killed = await Promise.all(
      ['saga-service', 'automation-services'].map((service) => drill.kill(service, signal)),
    );
    const [endedSaga, endedRun] = [await endOf(context, send, saga), await endOfRun(context, send, run)];
    return {
      runningBefore: running.map((state) => state === 'running'),
      back: killed.map(({ readyAtMs }) => readyAtMs !== undefined),
      saga: [endedSaga.status, ...(await changesIn(send, base))],
      workflow: [endedRun.status, ...(await changesIn(send, other))],
    };
  },
});
