import { defineCheck, equals, type Json, scriptedMessage } from '../../../harness/engine/index.ts';
import { fileForm } from '../../kit/file-form.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { rowsOf } from '../tools/stock.ts';
import { controlBreaks, endBreaks, statsBreaks, stepBreaks, versionBreaks } from './run-breaks.ts';
import { createWorkflow, endOfRun, listAt, startRun, workflowCheck } from './workflow-runs.ts';

const remediation = {
  text: 'executions/ of automation-services runs the steps, steps/ has each type. GET /executions/{id} has the result of each.',
  effort: 'days',
} as const;

const json = (value: unknown): Json => (value ?? null) as Json;

/** Whether a wait took its time, milliseconds, and not twice as long on top, which a busy machine may add. */
const isAbout = (wantedMs: number, tookMs: number) => tookMs >= wantedMs - 10 && tookMs < wantedMs * 3;

export const stepsDoTheirWork = defineCheck({
  ...workflowCheck,
  needs: [...workflowCheck.needs, 'services.llm-orchestrator.available', 'services.file-service.available'],
  services: [...workflowCheck.services, 'llm-orchestrator', 'mcp-server', 'file-service'],
  requires: ['model-server'],
  id: 'services.automation-services.values-of-steps',
  title: 'Steps of every type do their work with the right values',
  failureTitle: 'A step of a workflow completes with a wrong result or effect',
  why: 'Users build on the result of each step. A step that completes without its effect breaks the work after it.',
  remediation,
  expects: {
    status: equals('completed'),
    steps: equals(Array.from({ length: 16 }, (_, index) => (index === 8 ? 'skipped 0' : 'completed 1'))),
    counts: equals([15, 15, 0]),
    created: equals(['Ada', 4]),
    queried: equals([2, ['Ada', 'Old']]),
    stored: equals(['Ada 5', 'Bob 1', 'Old 7']),
    transformed: equals(['Ada', 'Old']),
    conditions: equals([true, false]),
    delayed: equals(true),
    loop: equals(['0 red', '1 "green"', '2 blue']),
    parallel: equals(['left', 'right']),
    notification: equals(['For Ada: body 5']),
    response: equals('Model says hi.'),
    file: equals(['steps.txt', 'text of the file']),
    logs: equals([
      'warn hello Ada',
      'info item 0 red',
      'info item 1 "green"',
      'info item 2 blue',
      'error end text of the file {unknown}',
    ]),
  },
  breaks: stepBreaks,
  async run(context) {
    const user = await context.account();
    const send = sendAs(context, user);
    const base = await prepare(send, 'POST', '/api/airtable/v0/meta/bases', {
      name: 'Steps',
      workspaceId: 'default',
      tables: [
        {
          name: 'People',
          fields: [
            { name: 'Name', type: 'singleLineText' },
            { name: 'Number', type: 'number', options: { precision: 0 } },
          ],
        },
      ],
    });
    const [base_id, table] = [textAt(base, 'id'), textAt(base, 'tables', 0, 'id')];
    await prepare(send, 'POST', `/api/airtable/bases/${base_id}/tables/${table}/records/batch`, [
      { Name: 'Old', Number: 7 },
      { Name: 'Bob', Number: 1 },
    ]);
    const upload = await context.http.request('gateway', '/api/files/upload', {
      method: 'POST',
      token: user.accessToken,
      from: user.address,
      ...fileForm('steps.txt', 'text of the file'),
    });
    const log = (message: string, level = 'info') => ({ type: 'log', config: { message, level } });
    const workflow = await createWorkflow(send, {
      steps: [
        log('hello {input.who}', 'warn'),
        { type: 'airtable_create', config: { base_id, table, fields: { Name: '{input.who}', Number: 4 } } },
        { type: 'airtable_query', config: { base_id, table: 'People', formula: '{Number} > 3' } },
        {
          type: 'airtable_update',
          config: { base_id, table, record_id: '{step_1_result.id}', fields: { Number: 5 } },
        },
        { type: 'data_transform', config: { expression: 'sort(steps[2].records[].fields.Name)' } },
        { type: 'conditional', config: { expression: 'input.count > `1`', otherwise: 'stop' } },
        { type: 'delay', config: { seconds: 1 } },
        { type: 'condition', config: { expression: 'input.count > `5`', otherwise: 'skip', skip: 1 } },
        log('skipped'),
        {
          type: 'for_each',
          config: { items: '{input.list}', step: log('item {loop_index} {loop_item}') },
        },
        {
          type: 'parallel',
          config: {
            steps: ['left', 'right'].map((side) => ({
              type: 'data_transform',
              config: { expression: `'${side}'` },
            })),
          },
        },
        {
          type: 'notification',
          config: { subject: 'For {input.who}', body: 'body {step_3_result.fields.Number}' },
        },
        {
          type: 'llm_prompt',
          config: {
            prompt: scriptedMessage(context.unique('prompt'), { replies: [{ text: 'Model says hi.' }] }),
          },
        },
        { type: 'file_process', config: { file_id: textAt(upload.json, 'id') } },
        { type: 'data_transform', config: { expression: 'steps[0].message' } },
        log('end {content} {unknown}', 'error'),
      ],
    });
    const id = await startRun(send, workflow, { who: 'Ada', count: 3, list: ['red', '"green"', 'blue'] });
    const end = await endOfRun(context, send, id);
    await context.keep('execution.json', json(end.json));
    const logs = listAt((await send('GET', `/api/executions/${id}/logs`)).json, 'logs');
    const notifications = listAt((await send('GET', '/api/notifications')).json, 'notifications');
    const delay = end.step(6);
    const names = (list: unknown[]) => list.map((one) => textAt(one, 'fields', 'Name')).sort();
    return {
      status: end.status,
      steps: end.steps,
      counts: end.counts,
      created: [json(end.result(1, 'fields', 'Name')), json(end.result(1, 'fields', 'Number'))],
      queried: [json(end.result(2, 'count')), names(listAt(end.result(2), 'records'))],
      stored: (await rowsOf(send, { id: base_id }, table)).map((row) => `${row.Name} ${row.Number}`).sort(),
      transformed: json(end.result(4)),
      conditions: [json(end.result(5, 'holds')), json(end.result(7, 'holds'))],
      delayed: isAbout(
        1_000,
        Date.parse(textAt(delay, 'completed_at')) - Date.parse(textAt(delay, 'started_at')),
      ),
      loop: listAt(end.result(9), 'results').map((one) => textAt(one, 'message').replace('item ', '')),
      parallel: json(end.result(10, 'results')),
      notification: notifications
        .filter((one) => textAt(one, 'subject').startsWith('For'))
        .map((one) => `${textAt(one, 'subject')}: ${textAt(one, 'body')}`),
      response: json(end.result(12, 'response')),
      file: [
        json(end.result(13, 'filename')),
        end.result(13, 'characters') === 16 ? 'text of the file' : 'other',
      ],
      logs: logs
        .filter((one) => /hello|item|end/.test(textAt(one, 'message')))
        .map((one) => `${textAt(one, 'level')} ${textAt(one, 'message')}`),
    };
  },
});

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
      context.signal,
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
      context.signal,
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
    for (const run of runs) inputs.push(json(valueAt(await read(`/api/executions/${run}`), 'input', 'n')));
    const foreignStats = await read('/api/workflows/stats/summary', foreign);
    return {
      stats: json(withoutZeros(await read('/api/workflows/stats/summary'))),
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

export const versionsAndTemplates = defineCheck({
  ...workflowCheck,
  id: 'services.automation-services.values-of-versions-and-templates',
  title: 'Versions and templates keep what was saved',
  failureTitle: 'A version or a template of a workflow has other content than was saved',
  why: 'A version is what people go back to after a mistake, a template what they start from.',
  remediation: {
    text: 'workflows/versions.ts and templates/templates.ts of automation-services.',
    effort: 'hours',
  },
  expects: {
    versions: equals(['3 third', '2 second', '1 first']),
    second: equals(['second', 'message 2', true]),
    current: equals([3, 'third']),
    conflict: equals([409, 'third']),
    template: equals(['Mine', 'reports', 'described', 'from a template', false, 0]),
    fromTemplate: equals(['Copy', 'from a template', 'completed']),
    usage: equals({ uses: 1, workflows: 1, executions: 1 }),
    category: equals([1, ['Mine'], 0]),
    changed: equals(['Changed', 'Copy']),
    stranger: equals([404, 0]),
    builtIn: equals([true, 403]),
    removed: equals([204, 404, 200]),
  },
  breaks: versionBreaks,
  async run(context) {
    const [owner, other] = [await context.account(), await context.account()];
    const [send, foreign] = [sendAs(context, owner), sendAs(context, other)];
    const read = async (path: string, act = send) => (await act('GET', path)).json;
    const steps = (message: string) => [{ type: 'log', config: { message } }];
    const id = await createWorkflow(send, { name: 'first', steps: steps('message 1') });
    await prepare(send, 'PUT', `/api/workflows/${id}`, {
      name: 'second',
      steps: steps('message 2'),
      version: 1,
    });
    await prepare(send, 'PUT', `/api/workflows/${id}`, { name: 'third', steps: steps('message 3') });
    const stale = await send('PUT', `/api/workflows/${id}`, { name: 'stale', steps: steps('x'), version: 2 });
    const current = await read(`/api/workflows/${id}`);
    const second = await read(`/api/workflows/${id}/versions/2`);
    const category = 'reports';
    const template = await prepare(send, 'POST', '/api/templates', {
      name: 'Mine',
      category,
      description: 'described',
      steps: steps('from a template'),
    });
    const path = `/api/templates/${textAt(template, 'id')}`;
    const stored = await read(path);
    const copy = await prepare(send, 'POST', `${path}/create-workflow`, { name: 'Copy' });
    const run = await startRun(send, textAt(copy, 'id'));
    const end = await endOfRun(context, send, run);
    const usage = await read(`${path}/usage-stats`);
    const inCategory = async (act = send) =>
      listAt(await read(`/api/templates?category=${category}`, act), 'templates').map((one) =>
        textAt(one, 'name'),
      );
    const categories = listAt(await read('/api/templates/categories'), 'categories');
    const counted = categories.find((one) => textAt(one, 'name') === category);
    const before = await inCategory();
    await prepare(send, 'PUT', path, { name: 'Changed', category, steps: steps('changed') });
    const all = listAt(await read('/api/templates'), 'templates');
    const builtIn = all.find((one) => valueAt(one, 'built_in') === true);
    const changeBuiltIn = await send('PUT', `/api/templates/${textAt(builtIn, 'id')}`, {
      name: 'Other',
      category,
      steps: steps('x'),
    });
    const changed = [
      textAt(await read(path), 'name'),
      textAt(await read(`/api/workflows/${textAt(copy, 'id')}`), 'name'),
    ];
    const strange = [(await foreign('GET', path)).status, (await inCategory(foreign)).length];
    const deletion = await send('DELETE', path);
    return {
      versions: listAt(await read(`/api/workflows/${id}/versions`), 'versions').map(
        (one) => `${valueAt(one, 'version')} ${textAt(one, 'name')}`,
      ),
      second: [
        textAt(second, 'name'),
        textAt(second, 'steps', 0, 'config', 'message'),
        textAt(second, 'changed_by') === owner.userId,
      ],
      current: [Number(valueAt(current, 'version')), textAt(current, 'name')],
      conflict: [stale.status, textAt(await read(`/api/workflows/${id}`), 'name')],
      template: [
        ...['name', 'category', 'description'].map((name) => textAt(stored, name)),
        textAt(stored, 'steps', 0, 'config', 'message'),
        json(valueAt(stored, 'built_in')),
        json(valueAt(stored, 'uses')),
      ],
      fromTemplate: [textAt(copy, 'name'), textAt(copy, 'steps', 0, 'config', 'message'), end.status],
      usage: {
        uses: json(valueAt(usage, 'uses')),
        workflows: json(valueAt(usage, 'workflows')),
        executions: json(valueAt(usage, 'executions')),
      },
      category: [
        json(valueAt(counted, 'templates')),
        before,
        (await inCategory(foreign)).filter((name) => name === 'Mine').length,
      ],
      changed,
      stranger: strange,
      builtIn: [builtIn !== undefined, changeBuiltIn.status],
      removed: [
        deletion.status,
        (await send('GET', path)).status,
        (await send('GET', `/api/workflows/${textAt(copy, 'id')}`)).status,
      ],
    };
  },
});
