import { defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { listAt, textAt, valueAt } from '../../kit/shape.ts';
import { recordTriggerBreaks } from './record-trigger-breaks.ts';
import { createWorkflow, workflowCheck } from './workflow-runs.ts';

export const recordsStartWorkflows = defineCheck({
  ...workflowCheck,
  id: 'services.automation-services.records-start-workflows',
  title: 'Changed records start exactly the workflows that watch',
  failureTitle: 'A changed record starts no workflow, the wrong one or it twice',
  why: 'Users rely on a saved trigger. One that never fires leaves work undone, and one that fires for everything does it too often.',
  remediation: {
    text: 'airtable-gateway stores record events with each change (embedded/record-events), automation-services matches them in executions/start-for-records.ts.',
    effort: 'days',
  },
  expects: {
    started: equals({
      all: ['created', 'updated', 'updated', 'deleted', 'created'],
      table: ['created', 'updated', 'updated', 'deleted'],
      created: ['created'],
      updatedCount: ['updated'],
      deleted: ['deleted'],
      foreign: [],
    }),
    failed: empty(),
    records: equals(true),
  },
  breaks: recordTriggerBreaks,
  async run(context) {
    const user = await context.account();
    const send = sendAs(context, user);
    const openBase = (name: string) =>
      prepare(send, 'POST', '/api/airtable/v0/meta/bases', {
        name: context.unique(name),
        workspaceId: 'default',
        tables: ['Watched', 'Other'].map((table) => ({
          name: table,
          fields: [
            { name: 'Name', type: 'singleLineText' },
            { name: 'Count', type: 'number', options: { precision: 0 } },
          ],
        })),
      });
    const [watched, foreign] = [await openBase('watched'), await openBase('foreign')];
    const base_id = textAt(watched, 'id');
    const trigger = (more: object, base = base_id) => ({ type: 'record_changed', base_id: base, ...more });
    const triggers = {
      all: trigger({}),
      table: trigger({ table: 'Watched' }),
      created: trigger({ table: 'Watched', changes: ['created'] }),
      updatedCount: trigger({ table: 'Watched', changes: ['updated'], fields: ['Count'] }),
      deleted: trigger({ table: textAt(watched, 'tables', 0, 'id'), changes: ['deleted'] }),
      foreign: trigger({}, textAt(foreign, 'id')),
    };
    const names = new Map<string, string>();
    for (const [name, one] of Object.entries(triggers))
      names.set(
        await createWorkflow(send, {
          name,
          steps: [{ type: 'log', config: { message: 'started' } }],
          triggers: [one],
        }),
        name,
      );
    const table = (name: string) => `/api/airtable/v0/${base_id}/${name}`;
    const id = textAt(
      await prepare(send, 'POST', table('Watched'), { fields: { Name: 'new', Count: 1 } }),
      'id',
    );
    await prepare(send, 'PATCH', `${table('Watched')}/${id}`, { fields: { Name: 'renamed' } });
    await prepare(send, 'PATCH', `${table('Watched')}/${id}`, { fields: { Count: 2 } });
    await prepare(send, 'DELETE', `${table('Watched')}/${id}`);
    // The last event: when its workflow has run, those of earlier ones have started.
    await prepare(send, 'POST', table('Other'), { fields: { Name: 'last' } });
    const wanted = 5 + 4 + 1 + 1 + 1;
    const executions = await pollUntil(
      async () => listAt((await send('GET', '/api/executions?page_size=100')).json, 'executions'),
      (found) =>
        found.length >= wanted && found.every((one) => /completed|failed/.test(textAt(one, 'status'))),
      context,
    );
    const started: Record<string, string[]> = Object.fromEntries(
      Object.keys(triggers).map((name) => [name, []]),
    );
    let records = true;
    for (const one of executions.toSorted((a, b) =>
      textAt(a, 'created_at') < textAt(b, 'created_at') ? -1 : 1,
    )) {
      const { json } = await send('GET', `/api/executions/${textAt(one, 'id')}`);
      for (const change of listAt(json, 'input', 'changes')) {
        started[names.get(textAt(one, 'workflow_id')) ?? 'unknown']?.push(textAt(change, 'type'));
        if (valueAt(json, 'input', 'table_name') === 'Watched' && textAt(change, 'record_id') !== id)
          records = false;
      }
    }
    return {
      started,
      failed: executions
        .filter((one) => textAt(one, 'status') !== 'completed')
        .map((one) => `${names.get(textAt(one, 'workflow_id'))}: ${textAt(one, 'status')}`),
      records,
    };
  },
});
