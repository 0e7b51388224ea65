import { defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { prepare, sendAs } from '../../kit/send-as.ts';
import { textAt, valueAt } from '../../kit/shape.ts';
import { furtherSecurity } from '../check-fields.ts';

/** Changes of one version at the same time. */
const atOnce = 5;

export const staleVersionsRejected = defineCheck({
  ...furtherSecurity,
  id: 'security.limits.stale-versions-change-nothing',
  users: 1,
  title: 'A change of a stale version is rejected',
  failureTitle: 'A change of a stale version overwrites a newer one',
  controls: ['current', 'withoutVersion'],
  why: 'Two people open the same workflow. Without a test of the version, the second one to save removes the steps of the first without knowing it (ASVS 2.3.3, 15.4.2).',
  standards: ['ASVS 2.3.3', 'ASVS 15.4.2'],
  needs: [registrationWorks, 'services.automation-services.available'],
  services: ['gateway', 'platform-services', 'user-service', 'automation-services'],
  remediation: {
    text: 'Compare the version in the statement that changes the row (where version = $n), not before it, and respond with 409 when no row has changed.',
    effort: 'hours',
  },
  expects: {
    together: equals([200, ...Array.from({ length: atOnce - 1 }, () => 409)]),
    kept: equals('that of the winner'),
    stale: equals([409, 409]),
    overwritten: empty(),
    current: equals(200),
    withoutVersion: equals(200),
  },
  breaks: [
    {
      defect: 'The version of a workflow is not compared.',
      changes: [
        {
          kind: 'source',
          file: 'platform/services/automation-services/workflows/workflows.ts',
          find: '($9::bigint is null or version = $9)',
          replace: '($9::bigint is null or version >= 0)',
        },
      ],
      violates: ['together', 'stale', 'overwritten'],
    },
  ],
  run: async (context) => {
    const send = sendAs(context, await context.account());
    const workflow = (name: string) => ({
      name,
      steps: [{ type: 'log', config: { message: name } }],
      triggers: [{ type: 'manual' }],
    });
    const path = `/api/workflows/${textAt(await prepare(send, 'POST', '/api/workflows', workflow('first')), 'id')}`;
    const versionOf = (json: unknown) => Number(valueAt(json, 'version'));
    const change = (name: string, version?: number) =>
      send('PUT', path, { ...workflow(name), ...(version === undefined ? {} : { version }) });
    const first = versionOf(await prepare(send, 'GET', path));
    const together = await Promise.all(
      Array.from({ length: atOnce }, (_, index) => change(`editor ${index}`, first)),
    );
    const winner = together.find(({ status }) => status === 200);
    const after = await prepare(send, 'GET', path);
    const stale = [await change('stale', first), await change('from the future', versionOf(after) + 10)];
    const kept = await prepare(send, 'GET', path);
    const current = await change('current', versionOf(kept));
    const withoutVersion = await change('without a version');
    return {
      together: together.map(({ status }) => status).sort(),
      kept:
        textAt(after, 'name') === textAt(winner?.json, 'name') ? 'that of the winner' : textAt(after, 'name'),
      stale: stale.map(({ status }) => status),
      overwritten: textAt(kept, 'name') === textAt(after, 'name') ? [] : [textAt(kept, 'name')],
      current: current.status,
      withoutVersion: withoutVersion.status,
    };
  },
});
