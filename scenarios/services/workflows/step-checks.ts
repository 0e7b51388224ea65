import { defineCheck, equals, scriptedMessage } from '../../../harness/engine/index.ts';
import { fileForm } from '../../kit/file-form.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { asJson, listAt, textAt } from '../../kit/shape.ts';
import { rowsOf } from '../tools/stock.ts';
import { stepBreaks } from './run-breaks.ts';
import { remediation } from './run-remediation.ts';
import { createWorkflow, endOfRun, startRun, workflowCheck } from './workflow-runs.ts';

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
    await context.keep('execution.json', asJson(end.json));
    const logs = listAt((await send('GET', `/api/executions/${id}/logs`)).json, 'logs');
    const notifications = listAt((await send('GET', '/api/notifications')).json, 'notifications');
    const delay = end.step(6);
    const names = (list: unknown[]) => list.map((one) => textAt(one, 'fields', 'Name')).sort();
    return {
      status: end.status,
      steps: end.steps,
      counts: end.counts,
      created: [asJson(end.result(1, 'fields', 'Name')), asJson(end.result(1, 'fields', 'Number'))],
      queried: [asJson(end.result(2, 'count')), names(listAt(end.result(2), 'records'))],
      stored: (await rowsOf(send, { id: base_id }, table)).map((row) => `${row.Name} ${row.Number}`).sort(),
      transformed: asJson(end.result(4)),
      conditions: [asJson(end.result(5, 'holds')), asJson(end.result(7, 'holds'))],
      delayed: isAbout(
        1_000,
        Date.parse(textAt(delay, 'completed_at')) - Date.parse(textAt(delay, 'started_at')),
      ),
      loop: listAt(end.result(9), 'results').map((one) => textAt(one, 'message').replace('item ', '')),
      parallel: asJson(end.result(10, 'results')),
      notification: notifications
        .filter((one) => textAt(one, 'subject').startsWith('For'))
        .map((one) => `${textAt(one, 'subject')}: ${textAt(one, 'body')}`),
      response: asJson(end.result(12, 'response')),
      file: [
        asJson(end.result(13, 'filename')),
        end.result(13, 'characters') === 16 ? 'text of the file' : 'other',
      ],
      logs: logs
        .filter((one) => /hello|item|end/.test(textAt(one, 'message')))
        .map((one) => `${textAt(one, 'level')} ${textAt(one, 'message')}`),
    };
  },
});
