// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of steps
import { defineCheck, equals, scriptedMessage } from '../../../harness/engine/index.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { withModel } from './running-saga.ts';
import { endOf, watchedBase } from './saga.ts';
import { templateBreaks } from './saga-breaks.ts';

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
      context,
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
