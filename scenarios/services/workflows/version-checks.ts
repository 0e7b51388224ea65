import { defineCheck, equals } from '../../../harness/engine/index.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { asJson, listAt, textAt, valueAt } from '../../kit/shape.ts';
import { versionBreaks } from './run-breaks.ts';
import { createWorkflow, endOfRun, startRun, workflowCheck } from './workflow-runs.ts';

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
        asJson(valueAt(stored, 'built_in')),
        asJson(valueAt(stored, 'uses')),
      ],
      fromTemplate: [textAt(copy, 'name'), textAt(copy, 'steps', 0, 'config', 'message'), end.status],
      usage: {
        uses: asJson(valueAt(usage, 'uses')),
        workflows: asJson(valueAt(usage, 'workflows')),
        executions: asJson(valueAt(usage, 'executions')),
      },
      category: [
        asJson(valueAt(counted, 'templates')),
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
