// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of steps
import { defineCheck, equals, scriptedMessage } from '../../../harness/engine/index.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { changesIn, createRecord, endOf, rejectedStep, sagaCheck, startSaga, watchedBase } from './saga.ts';
import { cancelBreaks, choreographyBreaks, parallelBreaks, templateBreaks } from './saga-breaks.ts';

const withModel = {
  ...sagaCheck,
  needs: [...sagaCheck.needs, 'services.llm-orchestrator.available'],
  services: [...sagaCheck.services, 'llm-orchestrator', 'mcp-server'],
  requires: ['model-server'],
} as const;

const remediation = {
  text: 'run/run-steps.ts of saga-service decides which steps run. GET /saga/{id}/events has what happened.',
  effort: 'days',
} as const;

/** A step that takes a while and results in a text. */
const slowChat = (step_id: string, delayMs: number) => ({
  step_id,
  service: 'llm-orchestrator',
  action: 'chat',
  payload: { body: { message: scriptedMessage(step_id, { replies: [{ text: step_id, delayMs }] }) } },
});

export const independentStepsOverlap = defineCheck({
  ...withModel,
  id: 'services.saga-service.independent-steps-run-at-once',
  title: 'Independent saga steps run at once, dependent ones after',
  failureTitle: 'Steps of a saga run before what they depend on, or one by one',
  why: 'A step that runs too early works with what is not there. Steps that wait for no reason make sagas slow.',
  remediation,
  expects: {
    status: equals('completed'),
    overlap: equals(true),
    after: equals(true),
    changes: equals(['+left and right']),
    failed: equals(['compensated', '+quick', '-quick']),
    siblings: equals(['quick compensated', 'slow completed', 'bad failed', 'never skipped']),
  },
  breaks: parallelBreaks,
  async run(context) {
    const send = sendAs(context, await context.account());
    const [base, other] = [await watchedBase(send), await watchedBase(send)];
    const [id, failing] = [
      await startSaga(send, {
        steps: [
          { ...slowChat('left', 700), depends_on: [] },
          { ...slowChat('right', 700), depends_on: [] },
          {
            ...createRecord('joined', base, '${left.response} and ${right.response}'),
            depends_on: ['left', 'right'],
          },
        ],
      }),
      await startSaga(send, {
        steps: [
          { ...createRecord('quick', other), depends_on: [] },
          { ...slowChat('slow', 300), depends_on: [] },
          rejectedStep(other, { depends_on: [] }),
          { ...createRecord('never', other), depends_on: ['slow', 'bad'] },
        ],
      }),
    ];
    const end = await endOf(context, send, id);
    const failed = await endOf(context, send, failing);
    const at = (step: string, field: string) =>
      Date.parse(
        textAt(
          end.stepStates.find((one) => textAt(one, 'step_id') === step),
          field,
        ),
      );
    const firstEnd = Math.min(at('left', 'completed_at'), at('right', 'completed_at'));
    const lastEnd = Math.max(at('left', 'completed_at'), at('right', 'completed_at'));
    return {
      status: end.status,
      overlap: Math.max(at('left', 'started_at'), at('right', 'started_at')) < firstEnd,
      after: at('joined', 'started_at') >= lastEnd,
      changes: await changesIn(send, base),
      failed: [failed.status, ...(await changesIn(send, other))],
      siblings: failed.steps.map((step) => step.replace(/ \d+$/, '')),
    };
  },
});

export const cancelledSagasAreUndone = defineCheck({
  ...withModel,
  id: 'services.saga-service.cancelled-sagas-are-undone',
  title: 'A cancelled saga stops and is undone',
  failureTitle: 'A cancelled saga goes on, or its effects stay',
  why: 'People cancel what they have started by mistake. What goes on then does harm that nobody expects.',
  remediation,
  expects: {
    cancel: equals(202),
    status: equals('compensated'),
    reason: equals(true),
    changes: equals(['+one', '-one']),
    timedOut: equals(['compensated', '+one', '-one']),
    optional: equals(['completed', '+one', '+last']),
    optionalStates: equals(['one completed', 'bad skipped', 'last completed']),
  },
  breaks: cancelBreaks,
  async run(context) {
    const send = sendAs(context, await context.account());
    const [base, timed, other] = [await watchedBase(send), await watchedBase(send), await watchedBase(send)];
    const slow = (where: typeof base, more: object = {}) => ({
      steps: [createRecord('one', where), slowChat('slow', 10_000), createRecord('never', where)],
      ...more,
    });
    const [id, late, optional] = [
      await startSaga(send, slow(base)),
      await startSaga(send, slow(timed, { timeout: 1 })),
      await startSaga(send, {
        steps: [
          createRecord('one', other),
          rejectedStep(other, { optional: true }),
          createRecord('last', other),
        ],
      }),
    ];
    await pollUntil(
      async () => valueAt((await send('GET', `/api/saga/${id}/steps`)).json, 'steps', 1),
      (step) => textAt(step, 'status') === 'running',
      context.signal,
    );
    const cancel = await send('POST', `/api/saga/${id}/cancel`);
    const ends = [];
    for (const one of [id, late, optional]) ends.push(await endOf(context, send, one));
    const [end, timedOut, completed] = ends;
    return {
      cancel: cancel.status,
      status: end?.status ?? '',
      reason: /cancel|request/.test(end?.error ?? ''),
      changes: await changesIn(send, base),
      timedOut: [timedOut?.status ?? '', ...(await changesIn(send, timed))],
      optional: [completed?.status ?? '', ...(await changesIn(send, other))],
      optionalStates: (completed?.steps ?? []).map((step) => step.replace(/ \d+$/, '')),
    };
  },
});

export const eventsContinueSagas = defineCheck({
  ...sagaCheck,
  id: 'services.saga-service.events-continue-sagas-once',
  title: 'An event continues the sagas that wait for it, once',
  failureTitle: 'An event continues a saga twice, not at all, or one of others',
  why: 'Choreographed sagas consist of these events. One that counts twice does the work twice.',
  remediation: {
    text: 'events/react-to-event.ts of saga-service looks for the sagas of the tenant that wait.',
    effort: 'days',
  },
  expects: {
    beforeEvent: equals([]),
    foreignEvent: equals([]),
    otherType: equals([]),
    status: equals('completed'),
    changes: equals(['+one paid 7', '+two']),
    correlated: equals(['running', 'completed']),
    correlatedChanges: equals(['+mine']),
  },
  breaks: choreographyBreaks,
  async run(context) {
    const [owner, stranger] = [await context.account(), await context.account()];
    const [send, foreign] = [sendAs(context, owner), sendAs(context, stranger)];
    const [base, mine, theirs] = [await watchedBase(send), await watchedBase(send), await watchedBase(send)];
    const type = `order_paid_${context
      .unique('x')
      .toLowerCase()
      .replaceAll(/[^a-z0-9]/g, '')}`.slice(0, 60);
    const publish = (act: typeof send, body: object, of = type) =>
      prepare(act, 'POST', `/api/saga/events/${of}`, body);
    const waiting = { on: type };
    const id = await startSaga(send, {
      pattern: 'choreography',
      steps: [
        { ...createRecord('one', base, 'one paid ${event.number}'), ...waiting },
        createRecord('two', base, 'two'),
      ],
    });
    const parked = async (saga: string) =>
      pollUntil(
        async () => textAt((await send('GET', `/api/saga/${saga}`)).json, 'status'),
        (status) => status === 'running',
        context.signal,
        3_000,
      );
    await parked(id);
    const beforeEvent = await changesIn(send, base);
    await publish(foreign, { data: { number: 1 } });
    const foreignEvent = await changesIn(send, base);
    await publish(send, { data: { number: 2 } }, `${type}_other`.slice(0, 90));
    const otherType = await changesIn(send, base);
    await publish(send, { data: { number: 7 } });
    await publish(send, { data: { number: 8 } });
    const end = await endOf(context, send, id);

    const start = (where: typeof base) =>
      startSaga(send, { pattern: 'choreography', steps: [{ ...createRecord('mine', where), ...waiting }] });
    const [own, others] = [await start(mine), await start(theirs)];
    await Promise.all([parked(own), parked(others)]);
    await publish(send, { data: { number: 9 }, correlation_id: own });
    const ended = await endOf(context, send, own);
    const other = textAt((await send('GET', `/api/saga/${others}`)).json, 'status');
    return {
      beforeEvent,
      foreignEvent,
      otherType,
      status: end.status,
      changes: await changesIn(send, base),
      correlated: [other, ended.status],
      correlatedChanges: [...(await changesIn(send, mine)), ...(await changesIn(send, theirs))],
    };
  },
});

export const templatesDoTheirWork = defineCheck({
  ...withModel,
  services: [...withModel.services, 'file-service'],
  id: 'services.saga-service.values-of-templates',
  title: 'Sagas from templates have all their effects',
  failureTitle: 'A saga from a template completes without its effects',
  why: 'The templates are what most users start. One that completes without its effect is a promise that is not kept.',
  remediation: {
    text: 'The templates are in templates/ of saga-service; GET /saga/{id}/steps has the result of each step.',
    effort: 'days',
  },
  expects: {
    statuses: equals({
      workspace_creation: 'completed',
      data_sync: 'completed',
      airtable_integration: 'completed',
      workflow_execution: 'completed',
      ai_analysis: 'completed',
    }),
    workspace: equals(['Space', 'Ideas']),
    copied: equals(['1 one', '2 two, "quoted"', '3 drei – ü']),
    watched: equals(2),
    updated: equals(['changed', 'workflow got changed']),
    analysis: equals(['changed', 'quoted', 'drei – ü', 'stored reply']),
    notifications: equals([
      'Analysis ready: 1',
      'Base connected: 1',
      'Welcome: 1',
      'Workflow started: 1',
      'Workspace ready: 1',
    ]),
  },
  breaks: templateBreaks,
  async run(context) {
    const send = sendAs(context, await context.account());
    const [source, target, connected] = [
      await watchedBase(send),
      await watchedBase(send),
      await watchedBase(send),
    ];
    const rows = [
      { Name: 'one', Number: 1 },
      { Name: 'two, "quoted"', Number: 2 },
      { Name: 'drei – ü', Number: 3 },
    ];
    const table = (base: typeof source) => `/api/airtable/bases/${base.id}/tables/${base.table}/records`;
    const made = await prepare(send, 'POST', `${table(source)}/batch`, rows);
    const workflow = await prepare(send, 'POST', '/api/workflows', {
      name: 'On a record',
      steps: [{ type: 'log', config: { message: 'workflow got {input.record.fields.Name}' } }],
    });
    const start = async (type: string, input: object) =>
      textAt(await prepare(send, 'POST', `/api/saga/workflows/${type}/start`, { input }), 'saga_id');
    const ids = {
      workspace_creation: await start('workspace_creation', { name: 'Space', table_name: 'Ideas' }),
      data_sync: await start('data_sync', {
        source_base_id: source.id,
        source_table: source.table,
        target_base_id: target.id,
        target_table: target.table,
      }),
      airtable_integration: await start('airtable_integration', { base_id: connected.id }),
    };
    const question = context.unique('question');
    const statuses: Record<string, string> = {};
    for (const [type, id] of Object.entries(ids)) statuses[type] = (await endOf(context, send, id)).status;
    const read = async (path: string) => (await send('GET', path)).json;
    const recordsOf = async (base: typeof source) =>
      (
        (valueAt(await read(table(base)), 'records') ?? []) as {
          fields: { Name?: string; Number?: number };
        }[]
      )
        .map(({ fields }) => fields)
        .sort((a, b) => (a.Number ?? 9) - (b.Number ?? 9));
    const copied = (await recordsOf(target)).map(({ Name, Number: number }) => `${number} ${Name}`);
    const execution = await start('workflow_execution', {
      workflow_id: textAt(workflow, 'id'),
      base_id: source.id,
      table: source.table,
      record_id: textAt(made, 'records', 0, 'id'),
      fields: { Name: 'changed' },
    });
    statuses.workflow_execution = (await endOf(context, send, execution)).status;
    const analysis = await start('ai_analysis', {
      base_id: source.id,
      table: source.table,
      question: scriptedMessage(question, { replies: [{ text: 'stored reply' }] }),
      report_table: source.table,
      report_field: 'Name',
    });
    statuses.ai_analysis = (await endOf(context, send, analysis)).status;
    const asked = context.modelRequests(question).find(({ method }) => method === 'generateContent');
    const said =
      asked?.contents
        .at(-1)
        ?.parts.map(({ text }) => text ?? '')
        .join('') ?? '';
    const logged = await pollUntil(
      async () => {
        const execution = valueAt(await read('/api/executions'), 'executions', 0, 'id');
        return ((valueAt(await read(`/api/executions/${execution}/logs`), 'logs') ?? []) as unknown[]).map(
          (line) => textAt(line, 'message'),
        );
      },
      (lines) => lines.some((line) => line.startsWith('workflow got')),
      context.signal,
    );
    const workspaces = (valueAt(await read('/api/workspaces'), 'workspaces') ?? []) as { name: string }[];
    const bases = (valueAt(await read('/api/airtable/bases'), 'bases') ?? []) as {
      id: string;
      name: string;
    }[];
    const space = bases.find(({ name }) => name === 'Space')?.id;
    const tables = (valueAt(await read(`/api/airtable/bases/${space}/tables`), 'tables') ?? []) as {
      name: string;
    }[];
    const webhooks = valueAt(await read(`/api/airtable/v0/bases/${connected.id}/webhooks`), 'webhooks');
    const subjects = ((valueAt(await read('/api/notifications'), 'notifications') ?? []) as unknown[]).map(
      (one) => textAt(one, 'subject'),
    );
    return {
      statuses,
      workspace: [
        ...workspaces.map(({ name }) => name).filter((name) => name === 'Space'),
        ...tables.map(({ name }) => name),
      ],
      copied,
      watched: Array.isArray(webhooks) ? webhooks.length : 0,
      updated: [
        (await recordsOf(source))[0]?.Name ?? '',
        logged.find((line) => line.startsWith('workflow got')) ?? '',
      ],
      analysis: [
        ...['changed', 'quoted', 'drei – ü'].filter((text) => said.includes(text)),
        ...(await recordsOf(source)).map(({ Name }) => Name ?? '').filter((name) => name === 'stored reply'),
      ],
      notifications: [...new Set(subjects)]
        .sort()
        .map((subject) => `${subject}: ${subjects.filter((one) => one === subject).length}`),
    };
  },
});
