// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of steps
import { type CheckContext, defineCheck, equals } from '../../../harness/engine/index.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { prepare, type Send, sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { changesIn, createRecord, endOf, rejectedStep, sagaCheck, startSaga, watchedBase } from './saga.ts';
import { compensationBreaks, kindsBreaks, leftoverBreaks } from './saga-breaks.ts';

const remediation = {
  text: 'run/compensate.ts of saga-service undoes the steps in reverse order; GET /saga/{id}/events has what it did.',
  effort: 'days',
} as const;

export const stepsAreUndone = defineCheck({
  ...sagaCheck,
  id: 'services.saga-service.failed-sagas-are-undone-in-reverse',
  title: 'A failed saga is undone step by step, in reverse',
  failureTitle: 'Effects of a failed saga stay, or are undone in the wrong order',
  why: 'A saga that says compensated and leaves its effects is worse than one that fails: nobody looks for them.',
  remediation,
  expects: {
    second: equals(['compensated', '+one', '-one']),
    third: equals(['compensated', '+one', '+two', '-two', '-one']),
    last: equals(['compensated', '+one', '+two', '+three', '+four', '-four', '-three', '-two', '-one']),
    // What deletes shows no repetition; what creates does.
    once: equals(['compensated', '+made', '+undone']),
    steps: equals(['one compensated 1', 'two compensated 1', 'bad failed 1', 'never skipped 0']),
    events: equals([
      'saga_started',
      'saga_running',
      'step_started one',
      'step_completed one',
      'step_started two',
      'step_completed two',
      'step_started bad',
      'step_failed bad',
      'compensation_started',
      'step_compensated two',
      'step_compensated one',
      'saga_compensated',
    ]),
    reason: equals(true),
    remaining: equals(0),
  },
  breaks: compensationBreaks,
  async run(context) {
    const send = sendAs(context, await context.account());
    const names = ['one', 'two', 'three', 'four'];
    const outcomes = await Promise.all(
      [1, 2, 4].map(async (before) => {
        const base = await watchedBase(send);
        const steps = names.slice(0, before).map((name) => createRecord(name, base));
        const after = before === 4 ? [] : [createRecord('never', base)];
        const id = await startSaga(send, { steps: [...steps, rejectedStep(base), ...after] });
        const end = await endOf(context, send, id);
        const changes = await changesIn(send, base);
        const left = valueAt(
          (await send('GET', `/api/airtable/bases/${base.id}/tables/${base.table}/records`)).json,
          'records',
        );
        return { ...end, changes: [end.status, ...changes], left: Array.isArray(left) ? left.length : -1 };
      }),
    );
    const [second, third, last] = outcomes;
    return {
      second: second?.changes ?? [],
      third: third?.changes ?? [],
      last: last?.changes ?? [],
      once: await undoByCreating(context, send),
      steps: third?.steps ?? [],
      events: third?.events ?? [],
      reason: outcomes.every(({ error }) => error.startsWith('bad:')),
      remaining: outcomes.reduce((sum, { left }) => sum + left, 0),
    };
  },
});

/** A failed saga whose step is undone by a further record. @returns its end and the changes of its base */
async function undoByCreating(context: CheckContext, send: Send): Promise<string[]> {
  const base = await watchedBase(send);
  const made = {
    ...createRecord('made', base),
    compensation_action: 'createRecords',
    compensation_payload: {
      params: { baseId: base.id, tableIdOrName: base.table },
      body: { fields: { Name: 'undone' } },
    },
  };
  const id = await startSaga(send, { steps: [made, rejectedStep(base)] });
  const { status } = await endOf(context, send, id);
  return [status, ...(await changesIn(send, base))];
}

export const everyKindIsUndone = defineCheck({
  ...sagaCheck,
  id: 'services.saga-service.steps-of-every-service-are-undone',
  title: 'Steps of every service leave nothing when a saga fails',
  failureTitle: 'The effect of a failed saga stays in a service',
  why: 'A workspace, base, workflow or changed profile of a failed saga confuses its user and counts against the quota.',
  remediation,
  expects: {
    status: equals('compensated'),
    states: equals([
      'workspace compensated',
      'base compensated',
      'webhook compensated',
      'workflow compensated',
      'profile compensated',
      'record compensated',
      'maybe skipped',
      'skipped skipped',
      'bad failed',
    ]),
    gone: equals({ workspace: 404, base: 404, webhook: 0, workflow: 404, record: 404 }),
    profile: equals('Before'),
    during: equals(['During']),
    listed: equals({ workspaces: 0, bases: 0, workflows: 0 }),
    notifications: equals(0),
    finished: equals(1),
  },
  breaks: kindsBreaks,
  async run(context) {
    const send = sendAs(context, await context.account());
    const base = await watchedBase(send);
    const name = context.unique('saga');
    await prepare(send, 'PUT', '/api/users/me', { display_name: 'Before' });
    const count = async (path: string, list: string) => {
      const found = valueAt((await send('GET', path)).json, list);
      return (Array.isArray(found) ? found : []).filter((one) => textAt(one, 'name').includes(name)).length;
    };
    const call = (
      step_id: string,
      service: string,
      [action, payload]: [string, object],
      [compensation_action, compensation_payload]: [string, object],
    ) => ({ step_id, service, action, payload, compensation_action, compensation_payload });
    const id = await startSaga(send, {
      steps: [
        call(
          'workspace',
          'platform-services',
          ['createWorkspace', { body: { name: `${name} space` } }],
          ['deleteWorkspace', { params: { id: '${result.id}' } }],
        ),
        // A workspace with a base cannot be deleted: the order decides.
        call(
          'base',
          'airtable-gateway',
          [
            'createBase',
            {
              body: {
                name: `${name} base`,
                workspaceId: '${workspace.id}',
                tables: [{ name: 'T', fields: [{ name: 'Name', type: 'singleLineText' }] }],
              },
            },
          ],
          ['deleteBase', { params: { baseId: '${result.id}' } }],
        ),
        call(
          'webhook',
          'airtable-gateway',
          [
            'createWebhook',
            {
              params: { baseId: base.id },
              body: { specification: { options: { filters: { dataTypes: ['tableFields'] } } } },
            },
          ],
          ['deleteWebhook', { params: { baseId: base.id, webhookId: '${result.id}' } }],
        ),
        call(
          'workflow',
          'automation-services',
          [
            'create',
            { body: { name: `${name} workflow`, steps: [{ type: 'log', config: { message: 'x' } }] } },
          ],
          ['remove', { params: { id: '${result.id}' } }],
        ),
        call(
          'profile',
          'user-service',
          ['changeOwnProfile', { body: { display_name: 'During' } }],
          ['changeOwnProfile', { body: { display_name: 'Before' } }],
        ),
        createRecord('record', base, name),
        rejectedStep(base, { step_id: 'maybe', optional: true }),
        { ...createRecord('skipped', base), when: { value: '${record.fields.Name}', equals: 'other' } },
        rejectedStep(base),
      ],
    });
    const end = await endOf(context, send, id);
    const result = (step: string) =>
      valueAt(
        end.stepStates.find((one) => textAt(one, 'step_id') === step),
        'result',
      );
    const status = async (path: string) => (await send('GET', path)).status;
    const webhooks = valueAt(
      (await send('GET', `/api/airtable/v0/bases/${base.id}/webhooks`)).json,
      'webhooks',
    );
    const profile = await prepare(send, 'GET', '/api/users/me');
    const finished = end.events.filter((type) => /^saga_(compensated|completed|failed)/.test(type));
    return {
      status: end.status,
      states: end.steps.map((step) => step.replace(/ \d+$/, '')),
      gone: {
        workspace: await status(`/api/workspaces/${textAt(result('workspace'), 'id')}`),
        base: await status(`/api/airtable/v0/meta/bases/${textAt(result('base'), 'id')}`),
        webhook: (Array.isArray(webhooks) ? webhooks : []).filter((one) => textAt(one, 'id') !== base.webhook)
          .length,
        workflow: await status(`/api/workflows/${textAt(result('workflow'), 'id')}`),
        record: await status(
          `/api/airtable/bases/${base.id}/tables/${base.table}/records/${textAt(result('record'), 'id')}`,
        ),
      },
      profile: textAt(profile, 'display_name'),
      during: [textAt(result('profile'), 'display_name')],
      listed: {
        workspaces: await count('/api/workspaces', 'workspaces'),
        bases: await count('/api/airtable/bases', 'bases'),
        workflows: await count('/api/workflows', 'workflows'),
      },
      notifications: await count('/api/notifications', 'notifications'),
      finished: finished.length,
    };
  },
});

export const leftoversAreReported = defineCheck({
  ...sagaCheck,
  id: 'services.saga-service.failed-compensations-are-reported',
  title: 'A step that cannot be undone is reported, and tried again',
  failureTitle: 'A saga hides that a step was not undone',
  why: 'Only a person can clean up then. A saga that says compensated sends nobody.',
  remediation,
  expects: {
    status: equals('compensation_failed'),
    named: equals([true, false]),
    steps: equals(['one compensated', 'two completed', 'three compensated', 'bad failed']),
    changes: equals(['+one', '+two', '+three', '-three', '-one']),
    again: equals(['compensated', '+one', '+two', '+three', '-three', '-one', 'two→nothing']),
    once: equals([202, 'compensated', 6]),
    completed: equals({ state: 'completed', cancel: 409, compensate: 409 }),
    forced: equals(['compensated', '+only', '-only']),
  },
  breaks: leftoverBreaks,
  async run(context) {
    const send = sendAs(context, await context.account());
    const [base, other] = [await watchedBase(send), await watchedBase(send)];
    // Undoing it changes the record in a table of another name, which is rejected until the table has that name.
    const two = {
      ...createRecord('two', base),
      compensation_action: 'updateRecord',
      compensation_payload: {
        params: { baseId: base.id, tableIdOrName: 'Later', recordId: '${result.id}' },
        body: { fields: { Name: 'nothing' } },
      },
    };
    const id = await startSaga(send, {
      steps: [createRecord('one', base), two, createRecord('three', base), rejectedStep(base)],
    });
    const end = await endOf(context, send, id);
    const changes = await changesIn(send, base);
    // Now the table of that name exists, so the step can be undone.
    await prepare(send, 'PATCH', `/api/airtable/v0/meta/bases/${base.id}/tables/${base.table}`, {
      name: 'Later',
    });
    await prepare(send, 'POST', `/api/saga/${id}/compensate`, { reason: 'The table exists now' });
    // Until the compensation has begun, the saga has its former state.
    await pollUntil(
      async () => textAt((await send('GET', `/api/saga/${id}`)).json, 'status'),
      (status) => status === 'compensated',
      context,
      5_000,
    );
    const second = await endOf(context, send, id);
    const allChanges = await changesIn(send, base);
    const third = await send('POST', `/api/saga/${id}/compensate`, { reason: 'Again' });
    const again = await endOf(context, send, id);

    const only = await startSaga(send, { steps: [createRecord('only', other)] });
    const completed = await endOf(context, send, only);
    const cancel = await send('POST', `/api/saga/${only}/cancel`);
    const compensate = await send('POST', `/api/saga/${only}/compensate`, { reason: 'No force' });
    await prepare(send, 'POST', `/api/saga/${only}/compensate`, { reason: 'With force', force: true });
    await pollUntil(
      async () => textAt((await send('GET', `/api/saga/${only}`)).json, 'status'),
      (status) => status === 'compensated',
      context,
      5_000,
    );
    const forced = await endOf(context, send, only);
    return {
      status: end.status,
      named: [end.error.includes('two'), /\b(one|three)\b/.test(end.error)],
      steps: end.steps.map((step) => step.replace(/ \d+$/, '')),
      changes,
      again: [second.status, ...allChanges],
      once: [third.status, again.status, (await changesIn(send, base)).length],
      completed: { state: completed.status, cancel: cancel.status, compensate: compensate.status },
      forced: [forced.status, ...(await changesIn(send, other))],
    };
  },
});
